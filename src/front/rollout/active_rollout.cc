#include "front/rollout/active_rollout.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "rollout/policy_json.h"
#include "rollout/state_json.h"

namespace huidu::front {
namespace {

using nlohmann::json;

std::string Percent(uint32_t slots) { return absl::StrFormat("%g %%", slots / 100.0); }

std::optional<double> ValueOf(const std::optional<health::Figure>& figure) {
  if (!figure) return std::nullopt;
  return figure->value;
}

}  // namespace

json DefaultStages() {
  json stages = json::array({{{"kind", "internal"}, {"name", "internal users"}, {"min_duration", "1m"}}});
  for (const int percent : {1, 5, 20, 50}) {
    stages.push_back({{"kind", "share"}, {"share_percent", percent}, {"min_duration", "5m"}, {"min_requests", 200}});
  }
  return stages;
}

std::string TrafficText(const RolloutRecord& record, const rollout::Route& route) {
  if (route.promoted) return StrCat(record.candidate.version, " 100 %");
  if (!route.internal_users && route.share == 0 && route.shadow_share == 0) {
    return StrCat(record.stable.version, " 100 %");
  }
  std::string text = StrCat(record.candidate.version, " ", Percent(route.share));
  if (route.internal_users) text += " and internal users";
  if (route.shadow_share > 0) StrAppend(&text, ", copies of ", Percent(route.shadow_share));
  return StrCat(text, "; ", record.stable.version, " the rest");
}

rollout::Verdict VerdictOf(const ActiveRollout& rollout) {
  using rollout::Verdict;
  const RolloutRecord& record = *rollout.record;
  if (record.state.phase == rollout::Phase::kRolledBack) return Verdict::kBad;
  if (record.state.phase == rollout::Phase::kFinished) return Verdict::kGood;
  bool all_good = record.state.stage_requests > 0 && !rollout.ended();
  for (size_t i = 0; i < record.policy.rules.size() && i < rollout.decision.rules.size(); ++i) {
    const Verdict verdict = rollout.decision.rules[i].verdict;
    if (verdict == Verdict::kBad) return Verdict::kBad;
    if (record.policy.rules[i].required && verdict != Verdict::kGood) all_good = false;
  }
  return all_good ? Verdict::kGood : Verdict::kNotEnoughYet;
}

json DescribeRollout(const ActiveRollout& rollout) {
  const RolloutRecord& record = *rollout.record;
  json now = rollout::ToJson(rollout.decision);
  now["stable"] = record.stable.version;
  now["candidate"] = record.candidate.version;
  now["started_by"] = record.started_by;
  now["started_at"] = record.started_at;
  now["traffic"] = TrafficText(record, rollout.decision.route);
  now["stages"] = rollout::ToJson(record.policy)["stages"];
  if (record.state.outcome) now["outcome"] = rollout::ToJson(*record.state.outcome);
  now["baseline"] = rollout::ToJson(record.state.baselines);
  if (record.check) now["check"] = ToJson(*record.check);
  now["verdict"] = rollout::Name(VerdictOf(rollout));
  return now;
}

RolloutFigures FiguresOf(const ActiveRollout& rollout) {
  const RolloutRecord& record = *rollout.record;
  RolloutFigures figures{.model = record.model,
                         .stable = record.stable.version,
                         .candidate = record.candidate.version,
                         .active = !rollout.ended(),
                         .stage = record.state.phase == rollout::Phase::kWaiting ? 0 : record.state.stage + 1};
  for (const rollout::RuleStatus& rule : rollout.decision.rules) {
    figures.rules.push_back({rule.rule, ValueOf(rule.candidate), ValueOf(rule.stable)});
  }
  return figures;
}

}  // namespace huidu::front
