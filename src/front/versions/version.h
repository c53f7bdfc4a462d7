#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "front/supervisor/worker_process.h"
#include "front/versions/version_info.h"
#include "front/versions/version_manager.h"
#include "repository/load_plan.h"

namespace huidu::front {

// What all versions of a server have in common. Outlives them.
struct VersionContext {
  boost::asio::io_context& control;
  std::vector<boost::asio::io_context*> io;
  VersionManager::Options options;
  std::function<void()> changed;  // a version's state or workers changed: publish
  size_t next_io = 0;             // channels are spread over the I/O threads
  bool serving = false;           // something is live that loading must not slow
};

// One version's life, from its folder to its workers and back: the only place that moves it through VersionState.
//
// Runs on: the control thread.
// Lives:   shared by the manager and by its own coroutines; Retire() must be awaited before the last owner drops it.
// Errors:  Bring() says why the version cannot be served; after that the version is kFailed and holds no process.
class Version : public std::enable_shared_from_this<Version> {
 public:
  Version(VersionContext& context, config::ModelConfig config, std::string id, std::string path, std::string source);

  // kNew to kReady: files checked, workers started, model loaded and warm.
  boost::asio::awaitable<absl::Status> Bring();

  // Takes over the settings that need no new workers (config::NeedsNewWorkers): limits and timeouts.
  void Reconfigure(config::ModelConfig config);

  // To kUnloaded, from any state: waits for the requests in flight, but no longer than `timeout`, then ends the
  // workers; what they still had is run again elsewhere by the router.
  boost::asio::awaitable<void> Retire(std::chrono::milliseconds timeout);

  const std::string& id() const { return id_; }
  const std::string& path() const { return path_; }
  const std::string& source() const { return source_; }
  const config::ModelConfig& config() const { return config_; }
  VersionState state() const { return state_; }
  const std::string& content_hash() const { return inspection_.content_hash; }
  // What routing sees; nullptr before the model is loaded.
  const std::shared_ptr<Servable>& servable() const { return servable_; }
  // Loaded, and not on its way out: requests may be sent here (they wait while it recovers).
  bool routable() const { return state_ == VersionState::kReady || state_ == VersionState::kRecovering; }
  VersionInfo Info() const;
  // Of the workers that are alive.
  std::vector<int> WorkerPids() const;

 private:
  struct Slot {
    std::shared_ptr<WorkerProcess> process;
    int failures = 0;     // in a row
    std::string trouble;  // why it is down; empty: it is not
    TimePoint ready_since;
  };

  boost::asio::awaitable<absl::Status> BringUp();
  boost::asio::awaitable<absl::Status> StartWorker(Slot& slot, bool background);
  boost::asio::awaitable<absl::Status> Warm(WorkerChannel& channel);
  boost::asio::awaitable<absl::Status> WarmGenerated(WorkerChannel& channel);
  boost::asio::awaitable<absl::Status> WarmSample(WorkerChannel& channel, const std::string& file);
  boost::asio::awaitable<absl::Status> RunOnce(WorkerChannel& channel, std::shared_ptr<const Payload> payload);
  void OnWorkerDeath(Slot& slot, const absl::Status& why);
  boost::asio::awaitable<absl::Status> CheckFiles();
  boost::asio::awaitable<void> Recover(Slot& slot);
  boost::asio::awaitable<void> ExpireParkedRequests();
  absl::Status AcceptSignature(const ipc::Loaded& loaded);
  std::vector<std::string> WarmupSamples() const;
  std::vector<std::string> MakeWritableFolders();
  void Enter(VersionState next, std::string message = {});
  void SetTrouble(Slot& slot, std::string trouble);
  // What went wrong: of the version as a whole, or of each worker that is down.
  std::string Message() const;

  VersionContext& context_;
  config::ModelConfig config_;
  const std::string id_;
  const std::string path_;
  const std::string source_;
  VersionState state_ = VersionState::kNew;
  std::string message_;
  bool retiring_ = false;
  bool expiring_ = false;
  repository::VersionFolder folder_;
  repository::Inspection inspection_;
  repository::LoadPlan plan_;
  std::string engine_version_;
  std::shared_ptr<ipc::Arena> requests_;
  std::shared_ptr<Servable> servable_;
  std::vector<std::unique_ptr<Slot>> slots_;
  uint64_t restarts_ = 0;
  double load_seconds_ = 0;
  double warmup_seconds_ = 0;
};

// How long to wait before the next start of a worker that has failed `failures` times in a row: at once after the
// first, then 0.2 s doubling to 30 s.
std::chrono::milliseconds RestartDelay(int failures);

}  // namespace huidu::front
