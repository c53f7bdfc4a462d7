#include "health/metric.h"

#include <cmath>
#include <cstdio>

#include "base/strings.h"

namespace huidu::health {
namespace {

constexpr Span kMinSlopeSpan{20'000};

using enum Metric;
constexpr auto kAbove = BadWhen::kAbove;
constexpr auto kBelow = BadWhen::kBelow;

std::optional<Figure> Plain(double value, uint64_t samples) { return Figure{value, samples, value, value}; }

std::optional<Figure> Share(uint64_t part, uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return Plain(static_cast<double>(part) / static_cast<double>(whole), whole);
}

std::optional<Figure> Quantile(const LatencyHistogram& histogram, double q) {
  if (histogram.count() == 0) return std::nullopt;
  return Plain(histogram.QuantileNs(q) / 1e6, histogram.count());
}

std::optional<Figure> Gauge(const std::optional<double>& gauge) { return gauge ? Plain(*gauge, 1) : std::nullopt; }

std::optional<Figure> Growth(const std::vector<GaugeSample>& samples) {
  const auto slope = RobustSlope(samples, kMinSlopeSpan);
  if (!slope) return std::nullopt;
  return Figure{slope->per_minute, slope->samples, slope->low, slope->high};
}

}  // namespace

const std::array<MetricInfo, 21> kMetrics = {{
    {kRequests, "requests", "", kBelow},
    {kErrorRate, "error_rate", "%", kAbove},
    {kOverloadRate, "overload_rate", "%", kAbove},
    {kLatencyP50Ms, "latency_p50_ms", "ms", kAbove, 0.5},
    {kLatencyP90Ms, "latency_p90_ms", "ms", kAbove, 0.9},
    {kLatencyP95Ms, "latency_p95_ms", "ms", kAbove, 0.95},
    {kLatencyP99Ms, "latency_p99_ms", "ms", kAbove, 0.99},
    {kLatencyP999Ms, "latency_p999_ms", "ms", kAbove, 0.999},
    {kQueueP50Ms, "queue_p50_ms", "ms", kAbove, 0.5},
    {kQueueP99Ms, "queue_p99_ms", "ms", kAbove, 0.99},
    {kInFlight, "in_flight", "", kAbove},
    {kWorkerDeaths, "worker_deaths", "", kAbove},
    {kMemoryMb, "memory_mb", "MB", kAbove},
    {kGpuMemoryMb, "gpu_memory_mb", "MB", kAbove},
    {kMemoryGrowth, "memory_growth_mb_per_min", "MB/min", kAbove},
    {kGpuMemoryGrowth, "gpu_memory_growth_mb_per_min", "MB/min", kAbove},
    {kDeviceMemoryGrowth, "device_memory_growth_mb_per_min", "MB/min", kAbove},
    {kAccuracy, "accuracy", "%", kBelow},
    {kGoldenAccuracy, "golden_accuracy", "%", kBelow},
    {kShadowAgreement, "shadow_agreement", "%", kBelow},
    {kScore, "score", "points", kBelow},
}};

const MetricInfo& Info(Metric metric) { return kMetrics[static_cast<size_t>(metric)]; }

absl::StatusOr<Metric> ParseMetric(std::string_view name) {
  std::string known;
  for (const MetricInfo& info : kMetrics) {
    if (info.name == name) return info.metric;
    StrAppend(&known, known.empty() ? "" : ", ", info.name);
  }
  return absl::InvalidArgumentError(StrCat("unknown metric '", name, "': expected one of ", known));
}

std::string FormatValue(Metric metric, double value) {
  const std::string_view unit = Info(metric).unit;
  if (unit == "%") value *= 100;
  char text[48];
  std::snprintf(text, sizeof(text), std::abs(value) < 10 ? "%.3g" : std::abs(value) < 1000 ? "%.4g" : "%.0f", value);
  return unit.empty() ? std::string(text) : StrCat(text, " ", unit);
}

std::optional<Figure> Evaluate(Metric metric, const Figures& figures) {
  const Period& sum = figures.sum;
  switch (metric) {
    case kRequests: return Plain(static_cast<double>(sum.requests), sum.requests);
    case kErrorRate: return Share(sum.failures(), sum.judged());
    case kOverloadRate: return Share(sum.overloads, sum.judged() + sum.overloads);
    case kLatencyP50Ms:
    case kLatencyP90Ms:
    case kLatencyP95Ms:
    case kLatencyP99Ms:
    case kLatencyP999Ms: return Quantile(sum.latency, Info(metric).quantile);
    case kQueueP50Ms:
    case kQueueP99Ms: return Quantile(sum.queue, Info(metric).quantile);
    case kInFlight: return sum.in_flight ? Plain(static_cast<double>(*sum.in_flight), 1) : std::nullopt;
    case kWorkerDeaths: return Plain(static_cast<double>(sum.worker_deaths), sum.worker_deaths);
    case kMemoryMb: return Gauge(sum.memory_mb);
    case kGpuMemoryMb: return Gauge(sum.gpu_memory_mb);
    case kMemoryGrowth: return Growth(figures.memory_mb);
    case kGpuMemoryGrowth: return Growth(figures.gpu_memory_mb);
    case kDeviceMemoryGrowth: return Growth(figures.gpu_memory_mb.empty() ? figures.memory_mb : figures.gpu_memory_mb);
    case kAccuracy: return Share(sum.correct, sum.labelled);
    case kGoldenAccuracy: return Share(sum.golden_correct, sum.golden_labelled);
    case kShadowAgreement: return Share(sum.agreed, sum.compared);
    case kScore:
      if (sum.scored == 0) return std::nullopt;
      return Plain(sum.score_sum / static_cast<double>(sum.scored), sum.scored);
  }
  return std::nullopt;
}

std::optional<Trials> TrialsOf(Metric metric, const Period& period, size_t threshold_bucket) {
  switch (metric) {
    case kErrorRate: return Trials{period.judged(), period.failures()};
    case kOverloadRate: return Trials{period.judged() + period.overloads, period.overloads};
    case kAccuracy: return Trials{period.labelled, period.labelled - period.correct};
    case kGoldenAccuracy: return Trials{period.golden_labelled, period.golden_labelled - period.golden_correct};
    case kShadowAgreement: return Trials{period.compared, period.compared - period.agreed};
    default:
      if (!IsLatency(metric)) return std::nullopt;
      return Trials{period.latency.count(), period.latency.CountAbove(threshold_bucket)};
  }
}

bool HasTrials(Metric metric) { return TrialsOf(metric, Period{}, 0).has_value(); }

}  // namespace huidu::health
