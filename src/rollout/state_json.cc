#include "rollout/state_json.h"

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "rollout/archive.h"
#include "rollout/policy_json.h"

namespace huidu::rollout {

using health::Figure;
using health::LatencyHistogram;
using health::Metric;
using health::Period;
using health::Window;
using nlohmann::json;

// Found by the archives through these types' namespaces or, for those of `health`, through the archive's own.
template <typename Archive>
constexpr bool kReading = std::is_same_v<Archive, JsonReader>;

namespace {
constexpr int kFormat = 1;
}

// Times are milliseconds.
template <typename Archive, typename Duration>
void VisitMillis(Archive& archive, const char* name, Duration& value) {
  int64_t millis = value.count();
  archive(name, millis);
  if constexpr (kReading<Archive>) value = Duration(millis);
}
template <typename Archive>
void VisitTime(Archive& archive, const char* name, Time& time) {
  Span since_epoch = time.time_since_epoch();
  VisitMillis(archive, name, since_epoch);
  if constexpr (kReading<Archive>) time = Time(since_epoch);
}

// An enum is its number, which must be below `end`.
template <typename Archive, typename Enum>
void VisitEnum(Archive& archive, const char* name, Enum& value, Enum last) {
  auto number = static_cast<uint32_t>(value);
  archive(name, number);
  if constexpr (kReading<Archive>) {
    if (number > static_cast<uint32_t>(last)) return archive.Fail(StrCat("a known number in ", name));
    value = static_cast<Enum>(number);
  }
}

// A histogram is [bucket, count, bucket, count, …].
template <typename Archive>
void VisitHistogram(Archive& archive, const char* name, LatencyHistogram& histogram) {
  std::vector<uint64_t> flat;
  for (const auto& [bucket, count] : histogram.entries()) flat.insert(flat.end(), {bucket, count});
  archive(name, flat);
  if constexpr (kReading<Archive>) {
    std::vector<LatencyHistogram::Entry> entries;
    for (size_t i = 0; i + 1 < flat.size(); i += 2) {
      entries.emplace_back(static_cast<uint32_t>(std::min<uint64_t>(flat[i], UINT32_MAX)), flat[i + 1]);
    }
    auto read = LatencyHistogram::FromEntries(entries);
    if (!read.ok()) return archive.Fail(Text(read.status()));
    histogram = *std::move(read);
  }
}

template <typename Archive>
void Visit(Archive& archive, Figure& figure) {
  archive("value", figure.value);
  archive("samples", figure.samples);
  archive("low", figure.low);
  archive("high", figure.high);
}

// Counters in the order of kPeriodCounters, so that a thousand periods stay small.
template <typename Archive>
void Visit(Archive& archive, Period& period) {
  VisitTime(archive, "start", period.start);
  VisitMillis(archive, "length", period.length);
  std::vector<uint64_t> counters;
  for (const auto& field : health::kPeriodCounters) counters.push_back(period.*field.counter);
  archive("counters", counters);
  archive("score_sum", period.score_sum);
  VisitHistogram(archive, "latency", period.latency);
  VisitHistogram(archive, "queue", period.queue);
  archive("in_flight", period.in_flight);
  archive("memory_mb", period.memory_mb);
  archive("gpu_memory_mb", period.gpu_memory_mb);
  if constexpr (kReading<Archive>) {
    if (counters.size() != health::kPeriodCounters.size()) return archive.Fail("as many counters as a period has");
    for (size_t i = 0; i < counters.size(); ++i) period.*health::kPeriodCounters[i].counter = counters[i];
  }
}

template <typename Archive>
void Visit(Archive& archive, Window::Saved& window) {
  archive("periods", window.periods);
  archive("total", window.total);
  VisitMillis(archive, "observed", window.observed);
  std::optional<int64_t> first;
  if (window.first_request) first = window.first_request->count();
  archive("first_request", first);
  archive("open", window.open);
  if constexpr (kReading<Archive>) {
    if (window.periods.size() > Window::kMaxPeriods) archive.Fail("fewer periods");
    if (first) window.first_request = Span(*first);
  }
}

template <typename Archive>
void VisitWindow(Archive& archive, const char* name, Window& window) {
  Window::Saved saved = window.Save();
  archive(name, saved);
  if constexpr (kReading<Archive>) window = Window::Restore(window.options(), std::move(saved));
}

template <typename Archive>
void Visit(Archive& archive, TwoSampleTest::Saved& test) {
  std::vector<double> evidence(test.evidence.begin(), test.evidence.end());
  archive("evidence", evidence);
  archive("weight", test.weight);
  archive("blocks", test.blocks);
  archive("compared", test.compared);
  archive("stable_count", test.stable_count);
  archive("stable_bad", test.stable_bad);
  if constexpr (kReading<Archive>) {
    if (evidence.size() != test.evidence.size()) return archive.Fail("evidence for each alternative");
    std::copy(evidence.begin(), evidence.end(), test.evidence.begin());
  }
}

template <typename Archive>
void Visit(Archive& archive, LimitTest::Saved& test) {
  archive("log_evidence", test.log_evidence);
  archive("recent_count", test.recent_count);
  archive("recent_bad", test.recent_bad);
}

template <typename Archive>
void Visit(Archive& archive, RuleStatus& status) {
  archive("rule", status.rule);
  VisitEnum(archive, "verdict", status.verdict, Verdict::kBad);
  archive("candidate", status.candidate);
  archive("stable", status.stable);
  archive("limit", status.limit);
  archive("headroom", status.headroom);
  archive("bad_in_a_row", status.bad_in_a_row);
  archive("text", status.text);
}

template <typename Archive>
void Visit(Archive& archive, RuleState& rule) {
  TwoSampleTest::Saved two_sample = rule.two_sample.Save();
  LimitTest::Saved limit_test = rule.limit_test.Save();
  archive("candidate_batch", rule.candidate_batch);
  archive("stable_batch", rule.stable_batch);
  archive("two_sample", two_sample);
  archive("limit_test", limit_test);
  archive("threshold_bucket", rule.threshold_bucket);
  archive("stage_samples", rule.stage_samples);
  archive("status", rule.status);
  if constexpr (kReading<Archive>) {
    rule.two_sample = TwoSampleTest::Restore(two_sample);
    rule.limit_test = LimitTest::Restore(limit_test);
  }
}

template <typename Archive>
void Visit(Archive& archive, Event& event) {
  VisitEnum(archive, "kind", event.kind, EventKind::kRefused);
  VisitTime(archive, "time", event.time);
  archive("stage", event.stage);
  archive("actor", event.actor);
  archive("text", event.text);
  archive("rule", event.rule);
}

struct Baseline {
  std::string metric;
  Figure figure;
};
template <typename Archive>
void Visit(Archive& archive, Baseline& baseline) {
  archive("metric", baseline.metric);
  archive("figure", baseline.figure);
}

template <typename Archive>
void VisitBaselines(Archive& archive, Baselines& baselines) {
  std::vector<Baseline> list;
  for (const auto& [metric, figure] : baselines) list.push_back({std::string(health::Info(metric).name), figure});
  archive("baselines", list);
  if constexpr (kReading<Archive>) {
    for (const Baseline& baseline : list) {
      const auto metric = health::ParseMetric(baseline.metric);
      if (!metric.ok()) return archive.Fail(Text(metric.status()));
      baselines[*metric] = baseline.figure;
    }
  }
}

template <typename Archive>
void Visit(Archive& archive, State& state) {
  VisitEnum(archive, "phase", state.phase, Phase::kAborted);
  uint64_t stage = state.stage;
  archive("stage", stage);
  state.stage = stage;
  VisitTime(archive, "started", state.started);
  VisitTime(archive, "last_step", state.last_step);
  VisitMillis(archive, "in_phase", state.in_phase);
  VisitMillis(archive, "in_stage", state.in_stage);
  archive("stage_requests", state.stage_requests);
  archive("approved", state.approved);
  VisitWindow(archive, "stable_window", state.stable);
  VisitWindow(archive, "candidate_window", state.candidate);
  archive("rules", state.rules);
  VisitBaselines(archive, state.baselines);
  archive("outcome", state.outcome);
}

// Writing takes the state as not const only because one Visit() serves both directions.
json ToJson(const State& state) {
  JsonWriter writer;
  Visit(writer, const_cast<State&>(state));
  json document = writer.Take();
  document["format"] = kFormat;
  return document;
}

json ToJson(const Period& period) {
  JsonWriter writer;
  Visit(writer, const_cast<Period&>(period));
  return writer.Take();
}

absl::StatusOr<Period> PeriodFromJson(const json& document) {
  if (!document.is_object()) return absl::InvalidArgumentError("a period: expected an object");
  Period period;
  JsonReader reader(document, "period");
  Visit(reader, period);
  HUIDU_RETURN_IF_ERROR(reader.status());
  if (!period.Plausible()) return absl::InvalidArgumentError("a period: its counters do not fit each other");
  return period;
}

absl::StatusOr<State> StateFromJson(const Policy& policy, const json& document) {
  if (!document.is_object() || document.value("format", json()) != kFormat) {
    return absl::InvalidArgumentError(StrCat("a rollout's state: expected an object of format ", kFormat));
  }
  State state = Start(policy, Time{});
  JsonReader reader(document, "state");
  Visit(reader, state);
  HUIDU_RETURN_IF_ERROR(reader.status());
  if (state.stage >= policy.stages.size())
    return absl::InvalidArgumentError("state.stage: the policy has fewer stages");
  bool same = state.rules.size() == policy.rules.size();
  for (size_t i = 0; same && i < state.rules.size(); ++i) same = state.rules[i].status.rule == policy.rules[i].name;
  if (!same) return absl::InvalidArgumentError("state.rules: these are not the rules of the policy");
  return state;
}

}  // namespace huidu::rollout
