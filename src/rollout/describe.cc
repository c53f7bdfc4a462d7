#include "rollout/describe.h"

#include <algorithm>

#include "base/strings.h"
#include "rollout/engine.h"
#include "rollout/span_text.h"

namespace huidu::rollout {
namespace {

Route RouteOf(const Policy& policy, const State& state) {
  Route route;
  if (InStage(state.phase)) {
    const Stage& stage = policy.stages[state.stage];
    route.internal_users = true;
    route.share = stage.kind == StageKind::kShare ? stage.share : 0;
    route.shadow_share = stage.kind == StageKind::kInternal ? 0 : stage.shadow_share;
  } else if (state.phase == Phase::kBaking || state.phase == Phase::kFinished) {
    route = {.internal_users = true, .share = kWhole, .shadow_share = 0, .promoted = true};
  }
  return route;
}

}  // namespace

std::vector<std::string> MissingInStage(const Policy& policy, const State& state) {
  const Stage& stage = policy.stages[state.stage];
  std::vector<std::string> missing;
  if (state.in_stage < stage.min_duration) {
    missing.push_back(StrCat("time: ", ReadableSpan(state.in_stage), " of ", ReadableSpan(stage.min_duration)));
  }
  // Nobody is promoted who has answered nothing.
  const uint64_t least =
      stage.kind == StageKind::kInternal ? stage.min_requests : std::max<uint64_t>(1, stage.min_requests);
  if (state.stage_requests < least) {
    missing.push_back(StrCat("requests: ", state.stage_requests, " of ", least));
  }
  for (size_t i = 0; i < policy.rules.size() && stage.kind != StageKind::kInternal; ++i) {
    const RuleStatus& status = state.rules[i].status;
    if (!policy.rules[i].required || status.verdict == Verdict::kGood) continue;
    missing.push_back(StrCat("rule '", policy.rules[i].name, "': ", status.text.empty() ? "no data" : status.text));
  }
  if (stage.require_check && state.check_missing != "") {
    missing.push_back(state.check_missing.value_or("a passed check"));
  }
  return missing;
}

Decision Describe(const Policy& policy, const State& state) {
  Decision decision;
  decision.phase = state.phase;
  decision.route = RouteOf(policy, state);
  decision.quarantine = state.phase == Phase::kRolledBack;
  for (const RuleState& rule : state.rules) decision.rules.push_back(rule.status);
  if (state.phase == Phase::kWaiting) decision.gates_wanted = policy.start_gates;
  if (!InStage(state.phase)) return decision;
  const Stage& stage = policy.stages[state.stage];
  decision.stage = stage.name;
  decision.waiting_for = MissingInStage(policy, state);
  if (!decision.waiting_for.empty()) return decision;
  decision.gates_wanted = stage.gates;
  decision.approval_wanted = stage.wait_for_approval && !state.approved;
  for (const std::string& gate : stage.gates) decision.waiting_for.push_back(StrCat("gate: ", gate));
  if (decision.approval_wanted) decision.waiting_for.push_back("approval by a person");
  return decision;
}

std::string_view Name(CommandKind kind) {
  switch (kind) {
    case CommandKind::kPause: return "pause";
    case CommandKind::kResume: return "resume";
    case CommandKind::kApprove: return "approve";
    case CommandKind::kPromote: return "promote";
    case CommandKind::kAbort: return "abort";
    case CommandKind::kRollBack: return "rollback";
  }
  return "";
}

}  // namespace huidu::rollout
