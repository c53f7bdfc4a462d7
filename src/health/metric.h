#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "health/window.h"

namespace huidu::health {

enum class Metric {
  kRequests,
  kErrorRate,
  kOverloadRate,
  kLatencyP50Ms,
  kLatencyP90Ms,
  kLatencyP95Ms,
  kLatencyP99Ms,
  kLatencyP999Ms,
  kQueueP50Ms,
  kQueueP99Ms,
  kInFlight,
  kWorkerDeaths,
  kMemoryMb,
  kGpuMemoryMb,
  kMemoryGrowth,
  kGpuMemoryGrowth,
  kDeviceMemoryGrowth,  // of GPU memory where that is measured, else of host memory
  kAccuracy,
  kGoldenAccuracy,
  kShadowAgreement,
  kScore,
};

enum class BadWhen { kAbove, kBelow };

struct MetricInfo {
  Metric metric;
  std::string_view name;  // as policies write it: "latency_p99_ms"
  std::string_view unit;  // "ms", "MB", "MB/min"; "%": the value is a share from 0 to 1; "": a count
  BadWhen bad_when;       // on which side of a limit it is bad, where a rule does not say
  double quantile = 0;    // of a latency or queue figure
};

// All of them, in the order of the enum.
extern const std::array<MetricInfo, 21> kMetrics;
const MetricInfo& Info(Metric metric);
// Error: InvalidArgument that lists the names.
absl::StatusOr<Metric> ParseMetric(std::string_view name);
// "3.2 %", "512 ms", "110 MB/min", "12".
std::string FormatValue(Metric metric, double value);

struct Figure {
  double value = 0;
  uint64_t samples = 0;  // requests, labels, gauge samples: what the value was made of
  // Where the value is an estimate with known bounds (memory growth), else the value itself.
  double low = 0, high = 0;

  bool operator==(const Figure&) const = default;
};

// Empty: there is no data for it.
std::optional<Figure> Evaluate(Metric metric, const Figures& figures);

// A metric as a series of single events, for sequential tests: how many, and how many of them were bad.
struct Trials {
  uint64_t count = 0;
  uint64_t bad = 0;
};
// Latency counts as bad above `threshold_bucket` of the histogram. Empty: the metric has no such form.
std::optional<Trials> TrialsOf(Metric metric, const Period& period, size_t threshold_bucket);
bool HasTrials(Metric metric);
inline bool IsLatency(Metric metric) { return metric >= Metric::kLatencyP50Ms && metric <= Metric::kLatencyP999Ms; }

}  // namespace huidu::health
