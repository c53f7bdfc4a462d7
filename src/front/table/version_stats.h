#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "absl/status/status.h"

namespace huidu::front {

// Counts of one duration, and how many fell under each bound of a Prometheus histogram.
// Runs on: any thread, without a lock; a reader sees each counter by itself, not all of one instant.
class DurationHistogram {
 public:
  static constexpr std::array<double, 16> kBoundsSeconds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                            0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
  void Add(uint64_t nanos);
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  uint64_t sum_ns() const { return sum_ns_.load(std::memory_order_relaxed); }
  // Requests in bucket i (not cumulative); the last bucket is everything above the last bound.
  uint64_t bucket(size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<uint64_t>, kBoundsSeconds.size() + 1> buckets_{};
  std::atomic<uint64_t> count_{0};
  std::atomic<uint64_t> sum_ns_{0};
};

// What ended a request, as metrics and health rules tell it apart. Client errors never count against a version.
enum class Outcome { kSuccess, kClientError, kOverload, kDeadline, kServerError, kWorkerLost };
inline constexpr size_t kOutcomes = 6;
const char* Name(Outcome outcome);
Outcome OutcomeOf(const absl::Status& status, bool worker_lost);

// Figures of one version since it was loaded.
struct VersionStats {
  std::array<std::atomic<uint64_t>, kOutcomes> outcomes{};
  DurationHistogram total;                    // from admission to the answer
  DurationHistogram queue;                    // waited in the worker
  DurationHistogram infer;                    // ran
  std::atomic<uint64_t> fail_ns{0};           // time spent in requests that failed
  std::atomic<uint64_t> inferences{0};        // rows: the first dimension of the first input
  std::atomic<uint64_t> retried_away{0};      // answered by another worker or version after this one was lost
  std::atomic<int64_t> last_inference_ms{0};  // Unix time
  // Requests that were taken from its workers as it was taken out, and of those that are over: which another version
  // answered, which this one after all, and which none.
  std::atomic<uint64_t> rescinded{0}, rescinded_run_again{0}, rescinded_finished{0}, rescinded_lost{0};
  // Requests that stable was asked too, as this version took too long: which of the two answered first, or that both
  // failed.
  std::atomic<uint64_t> hedged_won{0}, hedged_lost{0}, hedged_failed{0};
  // Copies of stable's requests that this version got as a candidate, and what came of comparing the answers.
  std::atomic<uint64_t> shadow_sent{0}, shadow_dropped{0}, shadow_agreed{0}, shadow_differed{0};

  void Count(Outcome which) { outcomes[static_cast<size_t>(which)].fetch_add(1, std::memory_order_relaxed); }
  uint64_t outcome(Outcome which) const { return outcomes[static_cast<size_t>(which)].load(std::memory_order_relaxed); }
};

}  // namespace huidu::front
