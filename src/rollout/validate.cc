#include "rollout/validate.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/status.h"
#include "rollout/span_text.h"

namespace huidu::rollout {
namespace {

using health::BadWhen;

template <typename... Args>
absl::Status Bad(const Args&... text) {
  return absl::InvalidArgumentError(StrCat(text...));
}

absl::Status CheckName(std::string_view field, const std::string& name) {
  if (name.empty()) return Bad(field, ": missing");
  if (name.size() > kMaxNameBytes) return Bad(field, ": longer than ", kMaxNameBytes, " bytes");
  return absl::OkStatus();
}

absl::Status CheckSpan(std::string_view field, Span span, Span least) {
  if (span < least) return Bad(field, ": ", FormatSpan(std::max(span, Span(0))), " is less than ", FormatSpan(least));
  if (span > kMaxDuration) return Bad(field, ": more than ", FormatSpan(kMaxDuration));
  return absl::OkStatus();
}

absl::Status CheckGates(std::string_view field, const std::vector<std::string>& gates) {
  if (gates.size() > kMaxGates) return Bad(field, ": more than ", kMaxGates);
  std::set<std::string_view> seen;
  for (const std::string& gate : gates) {
    HUIDU_RETURN_IF_ERROR(CheckName(field, gate));
    if (!seen.insert(gate).second) return Bad(field, ": '", gate, "' twice");
  }
  return absl::OkStatus();
}

absl::Status CheckShares(const Stage& stage) {
  if (stage.share > kWhole) return Bad("share: ", stage.share / 100.0, " % is more than 100 %");
  if (stage.shadow_share > kWhole) return Bad("shadow_share: ", stage.shadow_share / 100.0, " % is more than 100 %");
  switch (stage.kind) {
    case StageKind::kInternal:
      if (stage.share > 0) return Bad("share: an internal stage has no share of the users");
      if (stage.shadow_share > 0) return Bad("shadow_share: an internal stage copies no requests");
      break;
    case StageKind::kShadow:
      if (stage.share > 0) return Bad("share: a shadow stage has no share of the users");
      if (stage.shadow_share == 0) return Bad("shadow_share: a shadow stage without it gets no requests");
      break;
    case StageKind::kShare:
      if (stage.share == 0) return Bad("share: a share of 0 gets no requests");
      break;
  }
  return absl::OkStatus();
}

absl::Status CheckRequireCheck(const RequireCheck& check) {
  constexpr size_t kLongestName = 128;
  HUIDU_RETURN_IF_ERROR(CheckSpan("require_check.max_age", check.max_age, Span(1000)));
  if (check.max_age > kLongestCheckAge) {
    return Bad("require_check.max_age: more than ", FormatSpan(kLongestCheckAge), ", for which checks are kept");
  }
  if (check.dataset.size() > kLongestName) return Bad("require_check.dataset: more than ", kLongestName, " bytes");
  return absl::OkStatus();
}

absl::Status CheckEnd(const Stage& stage) {
  HUIDU_RETURN_IF_ERROR(CheckSpan("min_duration", stage.min_duration, Span(0)));
  HUIDU_RETURN_IF_ERROR(CheckSpan("max_duration", stage.max_duration, Span(1)));
  if (stage.max_duration <= stage.min_duration) {
    return Bad("max_duration: ", FormatSpan(stage.max_duration), " is not more than min_duration, ",
               FormatSpan(stage.min_duration), ": the stage could never pass");
  }
  const bool asks = stage.wait_for_approval || !stage.gates.empty() || stage.require_check;
  if (stage.min_duration == Span(0) && stage.min_requests == 0 && !asks) {
    return Bad("min_duration: the stage waits for nothing: give it a duration, min_requests, a check, a gate or an",
               " approval");
  }
  if (stage.require_check) HUIDU_RETURN_IF_ERROR(CheckRequireCheck(*stage.require_check));
  return absl::OkStatus();
}

absl::Status CheckStage(const Stage& stage) {
  HUIDU_RETURN_IF_ERROR(CheckName("name", stage.name));
  HUIDU_RETURN_IF_ERROR(CheckShares(stage));
  HUIDU_RETURN_IF_ERROR(CheckEnd(stage));
  return CheckGates("gates", stage.gates);
}

absl::Status CheckStages(const std::vector<Stage>& stages) {
  if (stages.empty()) return Bad("stages: there must be at least one");
  if (stages.size() > kMaxStages) return Bad("stages: more than ", kMaxStages);
  std::set<std::string_view> names;
  uint32_t share = 0;
  for (size_t i = 0; i < stages.size(); ++i) {
    const Stage& stage = stages[i];
    const std::string where = StrCat("stages[", i, "] '", stage.name, "'");
    HUIDU_RETURN_IF_ERROR(Annotate(CheckStage(stage), where));
    if (!names.insert(stage.name).second) return Bad(where, ": name: another stage has it");
    if (stage.share < share) {
      return Bad(where, ": share: falls from ", share / 100.0, " % to ", stage.share / 100.0, " %");
    }
    share = stage.share;
  }
  if (share == 0) return Bad("stages: none has a share of the users: a candidate would be promoted unseen");
  return absl::OkStatus();
}

absl::Status CheckSequential(const Rule& rule) {
  if (!health::HasTrials(rule.metric)) {
    return Bad("test: a sequential test needs single good or bad events; ", health::Info(rule.metric).name,
               " has none");
  }
  const bool no_stable = rule.metric == health::Metric::kShadowAgreement;
  if (rule.against == Against::kStable && no_stable) return Bad("against: stable has no shadow_agreement");
  if (rule.against == Against::kLimit && health::IsLatency(rule.metric)) {
    return Bad("against: a latency is tested against stable's");
  }
  if (!(rule.alpha > 0 && rule.alpha <= 0.5)) return Bad("alpha: ", rule.alpha, " is not in (0, 0.5]");
  const double most = rule.against == Against::kLimit ? 0.6 : 0.5;
  const double least = rule.against == Against::kLimit ? 0.001 : 0;
  if (rule.limit < least || rule.limit > most)
    return Bad("limit: ", rule.limit, " is not in [", least, ", ", most, "]");
  if (rule.periods != 1) return Bad("periods: a sequential test looks at all of them; leave it out");
  return absl::OkStatus();
}

absl::Status CheckLimit(const Rule& rule) {
  const bool share = health::Info(rule.metric).unit == "%";
  if (rule.test == Test::kRelative && rule.metric == health::Metric::kShadowAgreement) {
    return Bad("test: stable has no shadow_agreement");
  }
  if (rule.test == Test::kRelative && rule.comparison == Comparison::kFactor) {
    const bool above = rule.bad_when == BadWhen::kAbove;
    if (above ? rule.limit < 1 : rule.limit <= 0 || rule.limit > 1) {
      return Bad("limit: the factor ", rule.limit, " would call a candidate bad that is as good as stable");
    }
    return absl::OkStatus();
  }
  if (rule.test == Test::kRelative && rule.limit < 0) {
    return Bad("limit: the difference ", rule.limit, " would call a candidate bad that is as good as stable");
  }
  if (!share) return absl::OkStatus();
  if (rule.limit < 0 || rule.limit > 1) return Bad("limit: ", rule.limit, " is no share: 0.03 is 3 %");
  const bool never = rule.bad_when == BadWhen::kAbove ? rule.limit >= 1 : rule.limit <= 0;
  if (rule.test == Test::kAbsolute && never) return Bad("limit: ", rule.limit, " can never be passed");
  return absl::OkStatus();
}

absl::Status CheckWindow(const Policy& policy, const Rule& rule) {
  if (rule.window == kWholeRollout) return absl::OkStatus();
  if (rule.window < Span(0)) return Bad("window: below 0");
  if (rule.window == Span(0)) return absl::OkStatus();
  if (rule.window < policy.sampling_period) {
    return Bad("window: ", FormatSpan(rule.window), " is shorter than sampling_period, ",
               FormatSpan(policy.sampling_period), "; 0s is one sampling period");
  }
  if (rule.window / policy.sampling_period > static_cast<int64_t>(health::Window::kMaxPeriods)) {
    return Bad("window: more than ", health::Window::kMaxPeriods, " sampling periods");
  }
  return absl::OkStatus();
}

bool IsGrowth(health::Metric metric) {
  using enum health::Metric;
  return metric == kMemoryGrowth || metric == kGpuMemoryGrowth || metric == kDeviceMemoryGrowth;
}

absl::Status CheckRule(const Policy& policy, const Rule& rule) {
  HUIDU_RETURN_IF_ERROR(CheckName("name", rule.name));
  if (!std::isfinite(rule.limit)) return Bad("limit: not a number");
  if (rule.periods == 0 || rule.periods > 1000) return Bad("periods: ", rule.periods, " is not in 1 to 1000");
  HUIDU_RETURN_IF_ERROR(CheckWindow(policy, rule));
  if (IsGrowth(rule.metric) && rule.window < Span(30'000)) {
    return Bad("window: a slope needs at least 30s, this is ", FormatSpan(rule.window));
  }
  if (IsGrowth(rule.metric) && rule.window / 8 < policy.sampling_period) {
    return Bad("window: a slope needs at least 8 sampling periods");
  }
  return rule.test == Test::kSequential ? CheckSequential(rule) : CheckLimit(rule);
}

// A candidate that has all traffic from the beginning is never beside stable.
absl::Status CheckComparable(const Policy& policy, const Rule& rule) {
  const bool compares = rule.test == Test::kSequential && rule.against == Against::kStable;
  if (!compares || !rule.required) return absl::OkStatus();
  for (const Stage& stage : policy.stages) {
    if (stage.kind != StageKind::kInternal && stage.share < kWhole) return absl::OkStatus();
  }
  return Bad("required: no stage compares the candidate with stable, so the rule never becomes good: add a stage with",
             " less than 100 %, or set required to false");
}

absl::Status CheckRules(const Policy& policy) {
  if (policy.rules.size() > kMaxRules) return Bad("rules: more than ", kMaxRules);
  std::set<std::string_view> names;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const std::string where = StrCat("rules[", i, "] '", policy.rules[i].name, "'");
    HUIDU_RETURN_IF_ERROR(Annotate(CheckRule(policy, policy.rules[i]), where));
    HUIDU_RETURN_IF_ERROR(Annotate(CheckComparable(policy, policy.rules[i]), where));
    if (!names.insert(policy.rules[i].name).second) return Bad(where, ": name: another rule has it");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Validate(const Policy& policy) {
  HUIDU_RETURN_IF_ERROR(CheckName("candidate", policy.candidate));
  HUIDU_RETURN_IF_ERROR(CheckSpan("sampling_period", policy.sampling_period, Span(100)));
  if (policy.sampling_period > Span(3'600'000)) return Bad("sampling_period: more than 1h");
  HUIDU_RETURN_IF_ERROR(CheckSpan("bake_time", policy.bake_time, Span(0)));
  HUIDU_RETURN_IF_ERROR(CheckSpan("memory_warm_up", policy.memory_warm_up, Span(0)));
  HUIDU_RETURN_IF_ERROR(CheckSpan("max_pause", policy.max_pause, Span(1)));
  HUIDU_RETURN_IF_ERROR(CheckGates("start_gates", policy.start_gates));
  if (policy.require_check) HUIDU_RETURN_IF_ERROR(CheckRequireCheck(*policy.require_check));
  HUIDU_RETURN_IF_ERROR(CheckStages(policy.stages));
  return CheckRules(policy);
}

}  // namespace huidu::rollout
