#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "front/channel/worker_channel.h"
#include "front/table/health_counters.h"
#include "front/table/upload_room.h"
#include "front/table/version_stats.h"
#include "ipc/arena.h"

namespace huidu::front {

// What happens to an unforced request whose version has lost its workers.
enum class OnWorkerDeath { kOtherVersion, kWaitForRestart, kFail };

// Limits of a version's requests; may change while it serves.
struct ServableLimits {
  size_t max_queue = 256;  // requests that wait or run; more are refused with RESOURCE_EXHAUSTED
  std::chrono::milliseconds request_timeout{30000};
  OnWorkerDeath on_worker_death = OnWorkerDeath::kOtherVersion;
  bool keep_answers = false;  // what recent answers said, so that feedback may tell the expected one
};

// One version of one model as requests see it: its signature, its place for request bytes, its live workers, its
// figures and its bounded queue. The version manager makes it, publishes it in the serving table once it is warm, and
// adds and removes workers as they come and go.
//
// Runs on: any thread.
// Lives:   shared by the table, the version manager and every admitted request; the last of them frees the memory.
class Servable {
 public:
  // `content_hash`: of the version's files; empty where nobody knows it.
  Servable(std::string model, std::string version, engine::Signature signature, std::shared_ptr<ipc::Arena> requests,
           std::string content_hash = {});

  const std::string& model() const { return model_; }
  const std::string& version() const { return version_; }
  const std::string& content_hash() const { return content_hash_; }
  const engine::Signature& signature() const { return signature_; }
  ipc::Arena& requests() const { return *requests_; }
  UploadRoom& uploads() const { return *uploads_; }  // of requests()
  VersionStats& stats() const { return stats_; }
  HealthCounters& health() const { return health_; }

  // Told, on any thread, when a request that this version was asked first has failed, or a worker has died: a rollout
  // does not wait for its next period then. Quick and rare; an empty one ends it.
  void SetOnFailure(std::function<void()> on_failure);
  void CountFailure(Outcome outcome);  // in health(), and tells
  void CountWorkerDeath();

  // Takes the requests that its workers have not answered away from them: their handlers get an answer that says so.
  void Rescind();

  void SetLimits(const ServableLimits& limits);
  size_t max_queue() const { return max_queue_.load(std::memory_order_relaxed); }
  std::chrono::milliseconds request_timeout() const {
    return std::chrono::milliseconds(request_timeout_ms_.load(std::memory_order_relaxed));
  }
  OnWorkerDeath on_worker_death() const { return on_worker_death_.load(std::memory_order_relaxed); }
  bool keep_answers() const { return keep_answers_.load(std::memory_order_relaxed); }

  // The open worker with the fewest requests out; nullptr while there is none.
  std::shared_ptr<WorkerChannel> PickWorker() const;
  void AddWorker(std::shared_ptr<WorkerChannel> channel);
  void RemoveWorker(const std::shared_ptr<WorkerChannel>& channel);
  bool HasWorker() const { return PickWorker() != nullptr; }

  // A request waits here for a restarted worker. `resume` runs exactly once, on the thread that ends the wait.
  enum class Wait { kWorker, kDeadline, kGone };
  using Resume = absl::AnyInvocable<void(Wait)>;
  void Park(TimePoint deadline, Resume resume);
  // Ends the wait of those whose deadline has passed; the version manager calls it while a version has no worker.
  void ExpireParked(TimePoint now);
  // No worker will come by itself: every parked request, now and later, is resumed with kGone, until one is added.
  void Abandon();

  // The queue. Release() what Admit() granted; Ticket in router.h does. Requests that its workers still have though
  // nobody waits for them any more (late, or another version was first) take places too: a slow version's worker would
  // else get ever more to do.
  bool Admit();
  void Release() { in_flight_.fetch_sub(1, std::memory_order_acq_rel); }
  size_t in_flight() const { return in_flight_.load(std::memory_order_acquire); }

  // Requests that its workers have, with those that nobody waits for any more.
  size_t AtWorkers() const;

  // Index of an input or output by its name, -1 if there is none.
  int InputIndex(std::string_view name) const;
  int OutputIndex(std::string_view name) const;

 private:
  const std::string model_;
  const std::string version_;
  const std::string content_hash_;
  const engine::Signature signature_;
  const std::shared_ptr<ipc::Arena> requests_;
  const std::shared_ptr<UploadRoom> uploads_;
  mutable VersionStats stats_;
  mutable HealthCounters health_;
  std::atomic<size_t> in_flight_{0};
  std::atomic<size_t> max_queue_{ServableLimits{}.max_queue};
  std::atomic<int64_t> request_timeout_ms_{ServableLimits{}.request_timeout.count()};
  std::atomic<bool> keep_answers_{false};
  std::atomic<OnWorkerDeath> on_worker_death_{ServableLimits{}.on_worker_death};

  mutable std::mutex mutex_;
  std::function<void()> on_failure_;
  std::vector<std::shared_ptr<WorkerChannel>> workers_;
  struct Parked {
    TimePoint deadline;
    Resume resume;
  };
  std::vector<Parked> parked_;
  bool abandoned_ = false;
};

}  // namespace huidu::front
