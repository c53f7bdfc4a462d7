#include "cli/simulate/replay.h"

#include <cmath>

#include "base/status.h"
#include "rollout/span_text.h"

namespace huidu::cli {
namespace {

using health::Span;
using health::Time;

Time At(double seconds) { return Time(Span(std::llround(seconds * 1000))); }

// What people, checks and gates say to the last decision.
void Answer(const rollout::Decision& last, rollout::Input& input) {
  input.check_missing = "";
  for (const std::string& gate : last.gates_wanted) input.gates[gate] = rollout::GateState::kPassed;
  if (last.approval_wanted) {
    input.commands.push_back({rollout::CommandKind::kApprove, "simulate", "approved as soon as it was wanted", {}});
  }
}

absl::Status CheckStep(const rollout::Policy& policy, const Trace& trace) {
  if (trace.step <= policy.sampling_period * 3) return absl::OkStatus();
  return absl::InvalidArgumentError(
      StrCat("the trace has a row every ", rollout::FormatSpan(trace.step), ", the policy's sampling_period is ",
             rollout::FormatSpan(policy.sampling_period), ": set it to ", rollout::FormatSpan(trace.step)));
}

ReplayPoint PointOf(double seconds, const rollout::Decision& decision) {
  ReplayPoint point{seconds, decision.route, decision.rules};
  for (rollout::RuleStatus& rule : point.rules) rule.text.clear();
  return point;
}

}  // namespace

absl::StatusOr<Replay> RunReplay(const rollout::Policy& policy, const Trace& trace, bool approve) {
  HUIDU_RETURN_IF_ERROR(CheckStep(policy, trace));
  Replay replay;
  rollout::State state = rollout::Start(policy, At(trace.first_seconds()) - trace.step);
  replay.last = rollout::Describe(policy, state);
  const size_t every = trace.rows.size() / kMaxReplayPoints + 1;
  for (size_t i = 0; i < trace.rows.size() && !rollout::Ended(state.phase); ++i) {
    const TraceRow& row = trace.rows[i];
    rollout::Input input;
    input.now = At(row.seconds);
    input.stable = row.stable;
    input.candidate = row.candidate;
    if (approve) Answer(replay.last, input);
    replay.last = rollout::Step(policy, input, state);
    for (const rollout::Event& event : replay.last.events) replay.events.push_back({row.seconds, event});
    const bool last = i + 1 == trace.rows.size() || rollout::Ended(state.phase);
    if (i % every == 0 || last) replay.points.push_back(PointOf(row.seconds, replay.last));
  }
  replay.outcome = state.outcome;
  return replay;
}

}  // namespace huidu::cli
