#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "front/metrics/memory_watch.h"
#include "front/metrics/process_figures.h"
#include "front/versions/version_info.h"
#include "samples/sample_counters.h"

namespace huidu::front {

// A model's rollout that runs or was the last.
struct RolloutFigures {
  struct Rule {
    std::string name;
    std::optional<double> candidate, stable;
  };
  std::string model, stable, candidate;
  bool active = false;
  size_t stage = 0;  // from 1; 0: none yet
  std::vector<Rule> rules;
  std::map<std::string, uint64_t> rollbacks;  // of the model since the server began, by reason
};

// Everything that /metrics shows, at one moment.
struct MetricsSnapshot {
  std::string server_version;
  std::vector<ModelInfo> models;
  MemoryWatch::All memory;
  std::vector<RolloutFigures> rollouts;
  ReloadInfo reload;
  uint64_t audit_failures = 0;
  ProcessFigures process;
  samples::SampleFigures samples;
};

// The snapshot in Prometheus' text format. Names and labels are listed in docs/reference/metrics.md.
// Runs on: any thread; the counters of a version are read one by one while requests go on.
std::string PrometheusText(const MetricsSnapshot& snapshot);
inline constexpr char kPrometheusContentType[] = "text/plain; version=0.0.4; charset=utf-8";

// The duration under which the share `q` (0 to 1) of all requests stayed, estimated inside its bucket as Prometheus'
// histogram_quantile() does; 0 without requests. Above the last bound: that bound.
double QuantileSeconds(const DurationHistogram& histogram, double q);

}  // namespace huidu::front
