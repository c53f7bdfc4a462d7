#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "samples/policy.h"

namespace huidu::samples {

// What /metrics shows of samples. A snapshot.
struct SampleFigures {
  std::map<std::tuple<std::string, std::string, Reason>, uint64_t> captured;  // by model, version, reason
  std::map<std::pair<std::string, std::string>, uint64_t> dropped;            // by model, why
  std::map<std::string, uint64_t> bytes;                                      // on disk, by model
};

// Why something that should have been kept was not.
inline constexpr std::string_view kDroppedRate = "rate";            // max_per_minute
inline constexpr std::string_view kDroppedSize = "size";            // larger than a sample may be, or than the quota
inline constexpr std::string_view kDroppedQueue = "queue";          // the disk is too slow
inline constexpr std::string_view kDroppedDisk = "disk";            // the disk is full or not writable
inline constexpr std::string_view kDroppedMask = "mask";            // a mask names a tensor that the version has not
inline constexpr std::string_view kDroppedInvalid = "invalid";      // the tensors are not what they say
inline constexpr std::string_view kDroppedForgotten = "forgotten";  // feedback on a request that is not remembered

// Counts since the start. Runs on: any thread; a short lock, and only where something is kept or dropped.
class SampleCounters {
 public:
  void Captured(const std::string& model, const std::string& version, ReasonSet reasons) {
    const std::lock_guard lock(mutex_);
    for (const Reason reason : reasons.List()) ++figures_.captured[{model, version, reason}];
  }
  void Dropped(const std::string& model, std::string_view why) {
    const std::lock_guard lock(mutex_);
    ++figures_.dropped[{model, std::string(why)}];
  }
  SampleFigures Get() const {
    const std::lock_guard lock(mutex_);
    return figures_;
  }

 private:
  mutable std::mutex mutex_;
  SampleFigures figures_;
};

}  // namespace huidu::samples
