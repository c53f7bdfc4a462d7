#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "front/metrics/process_figures.h"
#include "front/versions/version_info.h"

namespace huidu::front {

// Everything that /metrics shows, at one moment.
struct MetricsSnapshot {
  std::string server_version;
  std::vector<ModelInfo> models;
  ReloadInfo reload;
  uint64_t audit_failures = 0;
  ProcessFigures process;
};

// The snapshot in Prometheus' text format. Names and labels are listed in docs/reference/metrics.md.
// Runs on: any thread; the counters of a version are read one by one while requests go on.
std::string PrometheusText(const MetricsSnapshot& snapshot);
inline constexpr char kPrometheusContentType[] = "text/plain; version=0.0.4; charset=utf-8";

// The duration under which the share `q` (0 to 1) of all requests stayed, estimated inside its bucket as Prometheus'
// histogram_quantile() does; 0 without requests. Above the last bound: that bound.
double QuantileSeconds(const DurationHistogram& histogram, double q);

}  // namespace huidu::front
