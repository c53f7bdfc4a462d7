#include "rollout/policy.h"

namespace huidu::rollout {
namespace {

using health::BadWhen;
using health::Metric;

Rule Absolute(std::string name, Metric metric, double limit) {
  Rule rule;
  rule.name = std::move(name);
  rule.metric = metric;
  rule.limit = limit;
  rule.bad_when = health::Info(metric).bad_when;
  return rule;
}

Rule AgainstStable(std::string name, Metric metric, double tolerance, uint64_t min_samples, bool required) {
  Rule rule = Absolute(std::move(name), metric, tolerance);
  rule.test = Test::kSequential;
  rule.against = Against::kStable;
  rule.window = kWholeRollout;
  rule.min_samples = min_samples;
  rule.required = required;
  return rule;
}

// P99 needs some 100 requests to be a figure at all: then at least two of them are above the limit.
Rule Latency() {
  Rule rule = Absolute("latency_p99", Metric::kLatencyP99Ms, 500);
  rule.min_samples = 100;
  return rule;
}

// With 100 requests a period, one unlucky request is no 3 %.
Rule Errors() {
  Rule rule = Absolute("error_rate", Metric::kErrorRate, 0.03);
  rule.window = Span(0);
  rule.periods = 3;
  rule.min_samples = 100;
  return rule;
}

Rule MemoryGrowth() { return Absolute("memory_growth", Metric::kDeviceMemoryGrowth, 100); }

// 500 labels: with 90 % accuracy a good candidate is 5 points lower with a chance of 1 in 10,000.
Rule Accuracy() {
  Rule rule = Absolute("accuracy", Metric::kAccuracy, 0.05);
  rule.test = Test::kRelative;
  rule.window = kWholeRollout;
  rule.min_samples = 500;
  return rule;
}

// The same samples are run on both versions, again and again: it is their share that counts, not how often.
Rule GoldenAccuracy() {
  Rule rule = Accuracy();
  rule.name = "golden_accuracy";
  rule.metric = Metric::kGoldenAccuracy;
  rule.min_samples = 20;
  return rule;
}

Rule WorkerDeaths() { return Absolute("worker_deaths", Metric::kWorkerDeaths, 0); }

Rule OutrightFailure() {
  Rule rule = Absolute("outright_failure", Metric::kErrorRate, 0.2);
  rule.test = Test::kSequential;
  rule.against = Against::kLimit;
  rule.alpha = 1e-4;
  return rule;
}

}  // namespace

std::vector<Rule> DefaultRules() {
  return {WorkerDeaths(),
          OutrightFailure(),
          Errors(),
          Latency(),
          MemoryGrowth(),
          Accuracy(),
          GoldenAccuracy(),
          AgainstStable("errors_against_stable", Metric::kErrorRate, 0.001, 50, true),
          AgainstStable("latency_against_stable", Metric::kLatencyP99Ms, 0.01, 50, true),
          AgainstStable("overloads_against_stable", Metric::kOverloadRate, 0.01, 50, false),
          AgainstStable("accuracy_against_stable", Metric::kAccuracy, 0.01, 50, false)};
}

}  // namespace huidu::rollout
