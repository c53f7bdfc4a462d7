#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "front/golden/golden_file.h"
#include "front/table/servable.h"

namespace huidu::front {

// Which versions of a model are asked, and what.
struct GoldenOrder {
  std::string file;
  std::chrono::milliseconds interval{60'000};
  std::vector<std::shared_ptr<Servable>> versions;  // stable first: a sample that it does not take is nobody's fault
};

// Asks versions what the right answer of is known, again and again while a rollout runs: requests with an expected
// answer from a file. What comes of it counts as golden in their HealthCounters, and as nothing else.
//
// Users come first: one sample at a time is out, of all models together, and none where half of a version's queue or of
// its request arena is taken; one that finds no room for kPatience is left out of this round.
//
// Runs on: a thread of its own; calls on any.
// Lives:   until destroyed; answers that come after it are dropped.
// Errors:  a file that cannot be read, or a sample that stable does not take, is logged once for each file as it is.
class GoldenRunner {
 public:
  static constexpr std::chrono::seconds kPatience{2};

  // Turns a request's text into a payload for the version at hand.
  using ReadSample = std::function<absl::StatusOr<std::shared_ptr<Payload>>(const Servable&, std::string_view)>;

  explicit GoldenRunner(ReadSample read_sample);
  ~GoldenRunner();

  // From now on, and at once; replaces the model's earlier order.
  void Watch(const std::string& model, GoldenOrder order);
  void Unwatch(const std::string& model);

  uint64_t answered() const { return answered_.load(); }  // samples, since the start

 private:
  struct Watched;
  struct Asked;

  void Run();
  void RunRound(const std::shared_ptr<Watched>& watched);
  void RunSample(Watched& watched, const GoldenSample& sample);
  bool Load(Watched& watched) const;
  void Ask(Watched& watched, const std::shared_ptr<Servable>& version, std::shared_ptr<const Payload> payload,
           const GoldenSample& sample);
  // Waits for whichever comes first; false if the runner or the order has ended.
  bool WaitForRoom(const Watched& watched, const Servable& version);
  bool WaitForAnswer(const Watched& watched, const std::shared_ptr<Asked>& asked);
  bool Ended(const Watched& watched) const;

  const ReadSample read_sample_;
  std::atomic<uint64_t> answered_{0};
  std::shared_ptr<std::condition_variable> changed_;  // handlers of late answers hold it as well
  std::shared_ptr<std::mutex> mutex_;                 // guards what follows
  bool stopping_ = false;
  std::map<std::string, std::shared_ptr<Watched>> watched_;
  std::thread thread_;
};

}  // namespace huidu::front
