#include "front/table/health_counters.h"

#include <cmath>

namespace huidu::front {
namespace {

uint64_t Take(std::atomic<uint64_t>& counter) { return counter.exchange(0, std::memory_order_relaxed); }

}  // namespace

void HealthCounters::Count(Outcome outcome) {
  outcomes_[static_cast<size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
  if (outcome == Outcome::kServerError || outcome == Outcome::kWorkerLost || outcome == Outcome::kDeadline) {
    failures_.fetch_add(1, std::memory_order_relaxed);
  }
}

void HealthCounters::AddLatency(uint64_t total_ns, uint64_t queue_ns) {
  using health::LatencyHistogram;
  (*latency_)[LatencyHistogram::BucketOf(total_ns)].fetch_add(1, std::memory_order_relaxed);
  (*queue_)[LatencyHistogram::BucketOf(queue_ns)].fetch_add(1, std::memory_order_relaxed);
}

void HealthCounters::AddScore(double score) {
  score_millionths_.fetch_add(std::llround(score * 1e6), std::memory_order_relaxed);
  scored_.fetch_add(1, std::memory_order_relaxed);
}

health::LatencyHistogram HealthCounters::Take(Buckets& buckets) {
  health::LatencyHistogram histogram;
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i].load(std::memory_order_relaxed) == 0) continue;
    histogram.AddBucket(i, buckets[i].exchange(0, std::memory_order_relaxed));
  }
  return histogram;
}

health::Period HealthCounters::TakePeriod() {
  health::Period period;
  std::array<uint64_t, kOutcomes> outcomes;
  for (size_t i = 0; i < kOutcomes; ++i) {
    outcomes[i] = front::Take(outcomes_[i]);
    period.requests += outcomes[i];
  }
  const auto of = [&](Outcome outcome) { return outcomes[static_cast<size_t>(outcome)]; };
  period.server_errors = of(Outcome::kServerError) + of(Outcome::kWorkerLost);
  period.deadlines = of(Outcome::kDeadline);
  period.overloads = of(Outcome::kOverload);
  period.client_errors = of(Outcome::kClientError);
  period.worker_deaths = front::Take(worker_deaths_);
  feedback_.Take(period.labelled, period.correct);
  golden_.Take(period.golden_labelled, period.golden_correct);
  compared_.Take(period.compared, period.agreed);
  period.scored = front::Take(scored_);
  period.score_sum = static_cast<double>(score_millionths_.exchange(0, std::memory_order_relaxed)) * 1e-6;
  period.latency = Take(*latency_);
  period.queue = Take(*queue_);
  return period;
}

}  // namespace huidu::front
