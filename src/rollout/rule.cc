#include "rollout/rule.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"

namespace huidu::rollout {
namespace {

using health::BadWhen;
using health::Figure;
using health::Figures;
using health::FormatValue;
using health::Trials;

// A quantile of fewer latencies is no threshold.
constexpr uint64_t kMinLatencies = 100;

bool IsOfLabels(health::Metric metric) {
  using enum health::Metric;
  return metric == kAccuracy || metric == kScore;
}

// Stable's figure over the same time, else (it has no traffic any more) over the whole rollout, else from before it.
// Labels are few and late, and do not swing with the hour: of them what was gathered before the rollout goes first.
std::optional<Figure> StableFigure(const Rule& rule, Evidence& evidence, const Figures& same_time) {
  const auto stored = evidence.baselines().find(rule.metric);
  const bool has_baseline = rule.test == Test::kRelative && stored != evidence.baselines().end();
  if (has_baseline && IsOfLabels(rule.metric)) return stored->second;
  const auto enough = [&](const std::optional<Figure>& figure) {
    return figure && figure->samples > 0 && figure->samples >= rule.min_samples;
  };
  const auto figure = Evaluate(rule.metric, same_time);
  if (enough(figure)) return figure;
  const auto whole = Evaluate(rule.metric, evidence.Stable(kWholeRollout));
  if (has_baseline && !enough(whole)) return stored->second;
  return whole ? whole : figure;
}

// What the candidate's figure must not pass; empty without a figure of stable to compare with.
std::optional<double> LimitOf(const Rule& rule, const std::optional<Figure>& stable) {
  if (rule.test != Test::kRelative) return rule.limit;
  if (!stable || stable->samples == 0) return std::nullopt;
  if (rule.comparison == Comparison::kFactor) return stable->value * rule.limit;
  return rule.bad_when == BadWhen::kAbove ? stable->value + rule.limit : stable->value - rule.limit;
}

bool Beyond(const Rule& rule, const Figure& figure, double limit) {
  return rule.bad_when == BadWhen::kAbove ? figure.low > limit : figure.high < limit;
}

// 1 at 0 and less, or where a relative rule's candidate is as good as stable; 0 at the limit.
double Headroom(const Rule& rule, const RuleStatus& status) {
  const double limit = *status.limit, value = status.candidate->value;
  const double distance = rule.bad_when == BadWhen::kAbove ? limit - value : value - limit;
  const bool relative = rule.test == Test::kRelative && status.stable;
  const double scale = std::abs(relative ? status.stable->value - limit : limit);
  if (scale == 0) return distance < 0 ? -1 : 1;  // nothing is allowed, and nothing was there
  return std::clamp(distance / scale, -1e6, 1.0);
}

std::string FigureText(const Rule& rule, const RuleStatus& status) {
  std::string text = StrCat(health::Info(rule.metric).name, " ");
  if (!status.candidate) return StrCat(text, "has no data");
  StrAppend(&text, FormatValue(rule.metric, status.candidate->value), " (", status.candidate->samples, " samples)");
  if (status.limit) StrAppend(&text, ", limit ", FormatValue(rule.metric, *status.limit));
  if (status.stable) StrAppend(&text, ", stable ", FormatValue(rule.metric, status.stable->value));
  return text;
}

// The verdict of a figure that is not, or not so often as the rule wants, beyond its limit.
Verdict Judge(const Rule& rule, bool beyond, RuleStatus& status) {
  status.bad_in_a_row = beyond ? status.bad_in_a_row + 1 : 0;
  if (status.bad_in_a_row >= rule.periods) return Verdict::kBad;
  return beyond ? Verdict::kNotEnoughYet : Verdict::kGood;
}

void JudgeFigures(const Rule& rule, Evidence& evidence, const Figures& stable, const Figures& candidate,
                  RuleStatus& status) {
  status.candidate = Evaluate(rule.metric, candidate);
  status.stable = StableFigure(rule, evidence, stable);
  status.limit = LimitOf(rule, status.stable);
  status.headroom.reset();
  status.verdict = Verdict::kNotEnoughYet;
  status.text = FigureText(rule, status);
  if (!status.candidate || status.candidate->samples < rule.min_samples) {
    StrAppend(&status.text, "; needs ", std::max<uint64_t>(rule.min_samples, 1), " samples");
    return;
  }
  if (!status.limit) {
    StrAppend(&status.text, "; stable has no data to compare with");
    return;
  }
  status.headroom = Headroom(rule, status);
  status.verdict = Judge(rule, Beyond(rule, *status.candidate, *status.limit), status);
  if (status.bad_in_a_row > 0 && rule.periods > 1) {
    StrAppend(&status.text, "; beyond the limit ", status.bad_in_a_row, " of ", rule.periods, " times in a row");
  }
}

// A rule without a window looks at single sampling periods, joined until they hold enough.
void UpdateBatch(const Rule& rule, Evidence& evidence, RuleState& state) {
  if (!evidence.whole) return;
  state.candidate_batch.Append(evidence.candidate_period);
  state.stable_batch.Append(evidence.stable_period);
  Figures candidate, stable;
  candidate.sum = state.candidate_batch;
  const auto figure = Evaluate(rule.metric, candidate);
  if (!figure || figure->samples < rule.min_samples) {
    if (state.status.text.empty()) {
      state.status.text = StrCat(health::Info(rule.metric).name, " needs ", rule.min_samples, " samples");
    }
    return;  // the last verdict holds until the next whole batch
  }
  stable.sum = state.stable_batch;
  JudgeFigures(rule, evidence, stable, candidate, state.status);
  state.candidate_batch = {};
  state.stable_batch = {};
}

void UpdateWindow(const Rule& rule, Evidence& evidence, RuleState& state) {
  if (rule.periods > 1 && !evidence.whole) return;  // "in a row" counts whole sampling periods
  JudgeFigures(rule, evidence, evidence.Stable(rule.window), evidence.Candidate(rule.window), state.status);
}

// One block for the two-sample test. What counts as slow comes from stable's past, never from the block itself.
void AddBlock(const Rule& rule, Evidence& evidence, RuleState& state) {
  const bool latency = health::IsLatency(rule.metric);
  if (!latency || state.threshold_bucket > 0) {
    const auto candidate = TrialsOf(rule.metric, evidence.candidate_period, state.threshold_bucket);
    const auto stable = TrialsOf(rule.metric, evidence.stable_period, state.threshold_bucket);
    if (candidate && stable) {
      state.two_sample.Add(*candidate, *stable, rule.limit);
      state.stage_samples += candidate->count;
    }
  }
  if (latency && evidence.stable_latency().count() >= kMinLatencies) {
    state.threshold_bucket = evidence.stable_latency().QuantileBucket(health::Info(rule.metric).quantile);
  }
}

void AddEvents(const Rule& rule, Evidence& evidence, RuleState& state) {
  const auto candidate = TrialsOf(rule.metric, evidence.candidate_step, 0);
  const auto stable = TrialsOf(rule.metric, evidence.stable_step, 0);
  if (!candidate || !stable) return;
  state.limit_test.Add(*candidate, *stable, rule.limit);
  state.stage_samples += candidate->count;
}

// How much worse than stable the candidate's events may be.
std::string AllowedText(const Rule& rule) {
  const std::string share = FormatValue(health::Metric::kErrorRate, rule.limit);
  if (health::IsLatency(rule.metric)) return StrCat(", allowed ", share, " more requests over stable's; ");
  return StrCat(", allowed stable ", rule.bad_when == BadWhen::kAbove ? "+ " : "- ", share, "; ");
}

// The figure is the window's. What decides is the evidence, which against a limit is that of the newest requests.
std::string EvidenceText(const Rule& rule, const RuleState& state, double evidence) {
  char text[80];
  std::snprintf(text, sizeof(text), "evidence %.3g of %.3g", std::max(evidence, 0.0), 1 / rule.alpha);
  const bool to_limit = rule.against == Against::kLimit;
  std::string full = StrCat(FigureText(rule, state.status),
                            to_limit ? "; over it are the newest requests: " : AllowedText(rule), text);
  if (rule.against == Against::kStable && !state.two_sample.compared()) {
    StrAppend(&full, "; not yet compared with stable");
  } else if (state.stage_samples < rule.min_samples) {
    StrAppend(&full, "; ", state.stage_samples, " of ", rule.min_samples, " samples in this stage");
  }
  return full;
}

void UpdateSequential(const Rule& rule, Evidence& evidence, RuleState& state) {
  const bool to_limit = rule.against == Against::kLimit;
  if (to_limit) {
    AddEvents(rule, evidence, state);
  } else if (evidence.whole) {
    AddBlock(rule, evidence, state);
  }
  const double found = to_limit ? state.limit_test.evidence() : state.two_sample.evidence();
  RuleStatus& status = state.status;
  status.candidate = Evaluate(rule.metric, evidence.Candidate(rule.window));
  status.stable = Evaluate(rule.metric, evidence.Stable(rule.window));
  if (to_limit) status.limit = rule.limit;
  status.headroom = std::clamp(1 - std::log(std::max(found, 1.0)) / -std::log(rule.alpha), -1.0, 1.0);
  const bool enough =
      state.stage_samples > 0 && state.stage_samples >= rule.min_samples && (to_limit || state.two_sample.compared());
  status.verdict = found >= 1 / rule.alpha ? Verdict::kBad : enough ? Verdict::kGood : Verdict::kNotEnoughYet;
  status.text = EvidenceText(rule, state, found);
}

}  // namespace

const Figures& Evidence::Get(const health::Window& window, Span span, Cache& cache) {
  const auto [entry, is_new] = cache.try_emplace(span);
  if (is_new) entry->second = span == kWholeRollout ? window.All() : window.Over(span);
  return entry->second;
}

void UpdateRule(const Rule& rule, Evidence& evidence, RuleState& state) {
  state.status.rule = rule.name;
  if (rule.test == Test::kSequential) {
    UpdateSequential(rule, evidence, state);
  } else if (rule.window == Span::zero()) {
    UpdateBatch(rule, evidence, state);
  } else {
    UpdateWindow(rule, evidence, state);
  }
}

void BeginStage(const Rule& rule, size_t stages, RuleState& state) {
  state.stage_samples = 0;
  if (rule.test == Test::kSequential && state.status.verdict == Verdict::kGood) {
    state.status.verdict = Verdict::kNotEnoughYet;
  }
  state.two_sample.Begin(1.0 / static_cast<double>(stages));
}

}  // namespace huidu::rollout
