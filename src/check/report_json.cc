#include <algorithm>
#include <nlohmann/json.hpp>

#include "check/report.h"

namespace huidu::check {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxListed = 200;

Json ToJson(const Estimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}, {"samples", estimate.samples}};
}

Json ToJson(const std::optional<Estimate>& estimate) { return estimate ? ToJson(*estimate) : Json(nullptr); }

Json ToJson(const std::map<std::string, Estimate>& estimates) {
  Json json = Json::object();
  for (const auto& [category, estimate] : estimates) json[category] = ToJson(estimate);
  return json;
}

Json ToJson(const LoadResult& load) {
  return {{"callers", load.callers},
          {"requests", load.requests},
          {"failed", load.failed},
          {"qps", load.Qps()},
          {"p50_ms", load.Milliseconds(0.5)},
          {"p90_ms", load.Milliseconds(0.9)},
          {"p99_ms", load.Milliseconds(0.99)}};
}

Json ToJson(const VersionResult& version) {
  Json json;
  json["directory"] = version.directory;
  json["content_hash"] = version.content_hash;
  json["engine"] = version.engine;
  json["load_seconds"] = version.load_seconds;
  json["warmup_seconds"] = version.warmup_seconds;
  json["failed"] = version.failed;
  json["crashed"] = version.crashed;
  json["accuracy"] = ToJson(version.accuracy);
  json["accuracy_by_category"] = ToJson(version.accuracy_by_category);
  json["loads"] = Json::array();
  for (const LoadResult& load : version.loads) json["loads"].push_back(ToJson(load));
  json["memory"] = Json::array();
  for (const MemoryPoint& point : version.memory)
    json["memory"].push_back({{"requests", point.requests}, {"mb", point.mb}});
  if (version.memory_growth) {
    json["memory_growth_mb"] = {{"value", version.memory_growth->per_minute},
                                {"low", version.memory_growth->low},
                                {"high", version.memory_growth->high}};
  }
  return json;
}

Json ToJson(const Verdict& verdict) {
  return {{"rule", verdict.rule},     {"about", verdict.about}, {"state", Name(verdict.state)},
          {"figure", verdict.figure}, {"limit", verdict.limit}, {"text", verdict.text}};
}

template <typename T>
Json Nullable(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json ToJson(const Dataset& dataset, const SampleResult& result, bool has_baseline) {
  const Sample& sample = dataset.samples[result.sample];
  Json json = {{"id", sample.id}, {"line", sample.line}, {"category", sample.category}};
  json["expected"] = Nullable(sample.expected);
  json["candidate"] = result.candidate;
  json["candidate_score"] = Nullable(result.candidate_score);
  if (!has_baseline) return json;
  json["baseline"] = result.baseline;
  json["baseline_score"] = Nullable(result.baseline_score);
  json["agreement"] = result.agreement;
  return json;
}

// Below 0: the candidate is worse.
double Change(const SampleResult& sample) {
  if (sample.candidate_score && sample.baseline_score) return *sample.candidate_score - *sample.baseline_score;
  if (sample.candidate_score) return *sample.candidate_score - 1;
  return sample.agreement - 1;
}

}  // namespace

std::string_view Name(State state) {
  switch (state) {
    case State::kPassed: return "passed";
    case State::kFailed: return "failed";
    case State::kNoData: return "no_data";
  }
  return "";
}

std::vector<const SampleResult*> Worst(const CheckResult& result, size_t most) {
  std::vector<const SampleResult*> worst;
  for (const SampleResult& sample : result.samples) {
    if (sample.agreement < 1 || sample.candidate_failed || sample.candidate_score.value_or(1) < 1)
      worst.push_back(&sample);
  }
  std::stable_sort(worst.begin(), worst.end(), [](const SampleResult* a, const SampleResult* b) {
    if (Change(*a) != Change(*b)) return Change(*a) < Change(*b);
    return a->candidate_score.value_or(1) < b->candidate_score.value_or(1);
  });
  if (worst.size() > most) worst.resize(most);
  return worst;
}

std::string JsonReport(const Dataset& dataset, const CheckResult& result) {
  Json json;
  json["passed"] = result.Passed();
  json["model"] = result.model;
  json["time"] = result.time;
  json["seconds"] = result.seconds;
  json["dataset"] = {{"path", result.dataset}, {"sha256", result.dataset_sha256}, {"samples", dataset.samples.size()}};
  json["comparison"] = Name(result.compare.comparison);
  json["tolerance"] = {{"absolute", result.compare.absolute}, {"relative", result.compare.relative}};
  json["verdicts"] = Json::array();
  for (const Verdict& verdict : result.verdicts) json["verdicts"].push_back(ToJson(verdict));
  json["candidate"] = ToJson(result.candidate);
  json["baseline"] = result.baseline ? ToJson(*result.baseline) : Json(nullptr);
  json["agreement"] = ToJson(result.agreement);
  json["accuracy_difference"] = ToJson(result.accuracy_difference);
  json["difference_by_category"] = ToJson(result.difference_by_category);
  json["differences"] = Json::array();
  for (const SampleResult* sample : Worst(result, kMaxListed)) {
    json["differences"].push_back(ToJson(dataset, *sample, result.baseline.has_value()));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace huidu::check
