#include "health/period.h"

#include <cmath>

namespace huidu::health {

uint64_t Period::judged() const {
  const uint64_t others = client_errors + overloads;
  return requests > others ? requests - others : 0;
}

void Period::Append(const Period& later) {
  AppendWithoutHistograms(later);
  latency.Merge(later.latency);
  queue.Merge(later.queue);
}

void Period::AppendWithoutHistograms(const Period& later) {
  if (length == Span::zero()) start = later.start;
  length += later.length;
  for (const PeriodCounter& field : kPeriodCounters) this->*field.counter += later.*field.counter;
  score_sum += later.score_sum;
  if (later.in_flight) in_flight = later.in_flight;
  if (later.memory_mb) memory_mb = later.memory_mb;
  if (later.gpu_memory_mb) gpu_memory_mb = later.gpu_memory_mb;
}

bool Period::Plausible() const {
  const auto fine = [](const std::optional<double>& gauge) { return !gauge || (std::isfinite(*gauge) && *gauge >= 0); };
  return length >= Span::zero() && failures() <= judged() && client_errors + overloads <= requests &&
         correct <= labelled && golden_correct <= golden_labelled && agreed <= compared && std::isfinite(score_sum) &&
         fine(memory_mb) && fine(gpu_memory_mb);
}

}  // namespace huidu::health
