#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "check/answer.h"
#include "check/limits.h"
#include "check/statistics.h"
#include "health/latency_histogram.h"
#include "health/memory_slope.h"

// What a check found. Plain data, from which judge.h makes the verdicts and report.h the reports.
namespace huidu::check {

// One version under a number of callers, all rounds together.
struct LoadResult {
  int callers = 1;
  uint64_t requests = 0;
  uint64_t failed = 0;
  double seconds = 0;
  health::LatencyHistogram latency;

  double Qps() const { return seconds > 0 ? static_cast<double>(requests) / seconds : 0; }
  double Milliseconds(double quantile) const { return latency.QuantileNs(quantile) / 1e6; }
};

// Resident memory of the version's workers after a number of requests.
struct MemoryPoint {
  uint64_t requests = 0;
  double mb = 0;
};

struct VersionResult {
  std::string directory;
  std::string content_hash;
  std::string engine;
  double load_seconds = 0;
  double warmup_seconds = 0;
  uint64_t failed = 0;               // samples
  bool crashed = false;              // a worker died; what comes after in the check was not asked
  std::optional<Estimate> accuracy;  // empty: no sample has an expected answer
  std::map<std::string, Estimate> accuracy_by_category;
  std::vector<LoadResult> loads;  // by the number of callers
  std::vector<MemoryPoint> memory;
  std::optional<health::Slope> memory_growth;  // MiB for 1,000 requests
};

// One sample, answered by both.
struct SampleResult {
  size_t sample = 0;                // in the data set
  std::string candidate, baseline;  // the answers as text, or "error: …"
  bool candidate_failed = false, baseline_failed = false;
  std::optional<double> candidate_score, baseline_score;
  double agreement = 1;
};

enum class State { kPassed, kFailed, kNoData };

// One limit.
struct Verdict {
  std::string rule;   // "accuracy_drop", "p99_ratio"
  std::string about;  // a category, "4 callers"; empty: the whole
  State state = State::kPassed;
  double figure = 0;
  double limit = 0;
  std::string text;  // for people
};

struct CheckResult {
  std::string model;
  std::string dataset, dataset_sha256;
  std::string time;  // UTC, of the beginning
  double seconds = 0;
  CompareOptions compare;
  Limits limits;
  VersionResult candidate;
  std::optional<VersionResult> baseline;
  std::optional<Estimate> agreement;            // empty: no baseline
  std::optional<Estimate> accuracy_difference;  // candidate minus baseline, of pairs
  std::map<std::string, Estimate> difference_by_category;
  std::vector<SampleResult> samples;  // in the data set's order
  std::vector<Verdict> verdicts;

  bool Passed() const;
  // Samples with an expected answer.
  uint64_t Labelled() const;
};

}  // namespace huidu::check
