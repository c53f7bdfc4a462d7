#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "samples/sample_counters.h"
#include "samples/sample_store.h"

namespace huidu::samples {

// A sample on its way to the disk. The copy may be shared with whoever else remembers the request.
struct PendingSample {
  std::shared_ptr<const Sample> sample;
  ReasonSet reasons;
  std::optional<std::string> expected;
  std::shared_ptr<const Policy> policy;
};

// Writes samples to the store, masked, and deletes those that are too old, on a thread of its own: whoever offers one
// never waits for the disk. Where the disk takes nothing, nothing is taken for a while; the log says so once.
//
// Runs on: any thread; what waits is bounded by bytes.
// Lives:   the store outlives it. The destructor writes what still waits.
// Errors:  are counted, see sample_counters.h.
class SampleWriter {
 public:
  struct Options {
    size_t max_waiting_bytes = size_t{64} << 20;
    std::chrono::milliseconds pause{60'000};       // after the disk took nothing
    std::chrono::milliseconds tidy_every{60'000};  // how often old ones are deleted
    std::function<int64_t()> now_ms;               // Unix time; empty: the system's
  };

  SampleWriter(SampleStore& store, Options options);
  ~SampleWriter();

  // Whether Offer() would take so many bytes now. For a caller who has yet to copy them.
  bool HasRoom(size_t bytes) const { return waiting_bytes_.load() + bytes <= options_.max_waiting_bytes; }
  bool paused() const { return paused_.load(); }
  // False: there is no room.
  bool Offer(PendingSample pending);

  // From now on these models' samples are kept so long; other models' as by default.
  void SetPolicies(std::map<std::string, std::shared_ptr<const Policy>> policies);

  SampleStore& store() { return store_; }
  SampleCounters& counters() { return counters_; }
  SampleFigures Figures() const;

  // Returns when everything that was offered before has been written or dropped. For tests.
  void Flush();

 private:
  void Run();
  void EndPauseIfOver();
  void Write(const PendingSample& pending);
  absl::Status Store(Sample sample, const Policy& policy);
  bool Used();
  void Tidy();
  void OnDisk(const absl::Status& status);
  int64_t NowMs() const;

  SampleStore& store_;
  const Options options_;
  SampleCounters counters_;
  std::atomic<size_t> waiting_bytes_{0};
  std::atomic<bool> paused_{false};

  std::mutex mutex_;  // guards the next five
  std::condition_variable changed_;
  std::condition_variable idle_;
  bool stop_ = false;
  bool busy_ = true;  // until the first look at the folder is over
  std::deque<PendingSample> waiting_;
  std::map<std::string, std::shared_ptr<const Policy>> policies_;

  // The thread's own.
  bool mended_ = false;
  bool failing_ = false;
  TimePoint paused_until_{};
  TimePoint next_tidy_{};
  std::thread thread_;
};

}  // namespace huidu::samples
