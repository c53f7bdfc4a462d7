#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "front/supervisor/gpu_meter.h"
#include "front/versions/version_info.h"
#include "health/memory_slope.h"

namespace huidu::front {

// What every loaded version's memory does, also outside of a rollout, for whoever asks again and again: each look is a
// sample, so that nothing is measured on a server that nobody watches.
//
// Runs on: one thread at a time.
// Lives:   as long as its owner. Keeps at most kMostSamples of each version that is loaded.
// Errors:  none; what cannot be measured is left out.
class MemoryWatch {
 public:
  static constexpr std::chrono::seconds kLeastBetween{5};  // looks that follow faster are no samples
  static constexpr std::chrono::minutes kLongest{10};      // older samples are forgotten
  static constexpr std::chrono::seconds kLeastSpan{60};    // no slope of less
  static constexpr size_t kMostSamples = health::kMaxSlopeSamples;

  struct Figures {
    std::optional<double> growth_mb_per_min;  // of what workers hold on the heap
    std::optional<uint64_t> gpu_bytes;        // absent: not on a GPU, or the driver says nothing
    std::optional<double> gpu_growth_mb_per_min;
  };
  using Key = std::pair<std::string, std::string>;  // model, version
  using All = std::map<Key, Figures>;

  // Where figures come from; a test's are numbers.
  struct Sources {
    std::function<std::optional<uint64_t>(int pid)> heap_bytes;
    std::function<std::optional<GpuMemory::Reading>()> gpu;  // the newest; must not wait
  };
  MemoryWatch();  // the system's
  explicit MemoryWatch(Sources sources) : sources_(std::move(sources)) {}

  // Takes a sample of every version that has all of its workers, and gives what is known. A version whose workers are
  // other ones than at the look before begins anew.
  All Look(const std::vector<ModelInfo>& models, TimePoint now);

 private:
  using Samples = std::vector<health::GaugeSample>;
  struct Watched {
    std::vector<int> pids;
    TimePoint last;
    Samples heap_mb, gpu_mb;
  };

  void Sample(const std::vector<int>& pids, const std::optional<GpuMemory::Reading>& gpu, TimePoint now,
              Watched& watched) const;

  GpuMeter meter_;
  Sources sources_;
  std::map<Key, Watched> watched_;
};

}  // namespace huidu::front
