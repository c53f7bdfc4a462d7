#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "front/table/version_stats.h"
#include "health/period.h"

namespace huidu::front {

// What one version did, for the rules of a rollout: finer than VersionStats, and counted differently. A request counts
// once, for the version that was asked first, whoever answered it in the end.
//
// Runs on: any thread counts, without a lock. TakePeriod(): one reader at a time.
class HealthCounters {
 public:
  HealthCounters() : latency_(std::make_unique<Buckets>()), queue_(std::make_unique<Buckets>()) {}

  void Count(Outcome outcome);
  void AddLatency(uint64_t total_ns, uint64_t queue_ns);
  void AddWorkerDeath() { worker_deaths_.fetch_add(1, std::memory_order_relaxed); }
  void AddFeedback(bool correct) { feedback_.Add(correct); }
  void AddGolden(bool correct) { golden_.Add(correct); }
  void AddComparison(bool agrees) { compared_.Add(agrees); }
  void AddScore(double score);

  // Answers that were judged since the start, and how many of them were right.
  struct Judged {
    uint64_t all = 0, right = 0;
  };
  Judged feedback() const { return feedback_.Ever(); }
  Judged golden() const { return golden_.Ever(); }

  // Failures since the start, for a quick look whether there is something to decide.
  uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }

  // What was counted since the call before; empty gauges.
  health::Period TakePeriod();

 private:
  using Counter = std::atomic<uint64_t>;
  using Buckets = std::array<Counter, health::LatencyHistogram::kBuckets>;

  // How many there were and how many of them were good, in one word so that they are read together.
  class Ratio {
   public:
    void Add(bool good) {
      both_.fetch_add((uint64_t{1} << 32) | (good ? 1 : 0), std::memory_order_relaxed);
      ever_good_.fetch_add(good ? 1 : 0, std::memory_order_relaxed);
      ever_.fetch_add(1, std::memory_order_release);
    }
    // Never more good ones than there were.
    Judged Ever() const {
      const uint64_t good = ever_good_.load(std::memory_order_relaxed);
      return {std::max(ever_.load(std::memory_order_acquire), good), good};
    }
    void Take(uint64_t& all, uint64_t& good) {
      const uint64_t both = both_.exchange(0, std::memory_order_relaxed);
      all = both >> 32;
      good = both & 0xFFFFFFFF;
    }

   private:
    Counter both_{0};
    Counter ever_{0}, ever_good_{0};
  };

  static health::LatencyHistogram Take(Buckets& buckets);

  std::array<Counter, kOutcomes> outcomes_{};
  Counter failures_{0};
  Counter worker_deaths_{0}, scored_{0};
  Ratio feedback_, golden_, compared_;
  std::atomic<int64_t> score_millionths_{0};
  std::unique_ptr<Buckets> latency_, queue_;
};

}  // namespace huidu::front
