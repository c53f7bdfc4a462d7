#include "rollout/engine.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "rollout/describe.h"
#include "rollout/rule.h"
#include "rollout/span_text.h"

namespace huidu::rollout {
namespace {

using health::Period;

constexpr std::string_view kEngine = "huidu";  // the actor of what no person ordered
constexpr int kLongestStep = 3;                // sampling periods; the rest of a gap was not observed

health::WindowOptions WindowOptionsOf(const Policy& policy) {
  Span longest = policy.sampling_period * 60;
  for (const Rule& rule : policy.rules) {
    if (rule.window != kWholeRollout) longest = std::max(longest, rule.window);
  }
  return {policy.sampling_period, longest, policy.memory_warm_up};
}

// The step in progress: the state that it changes and the events that it tells.
class Stepper {
 public:
  Stepper(const Policy& policy, const Input& input, State& state) : policy_(policy), input_(input), state_(state) {}

  std::vector<Event> Run() {
    Observe();
    if (!EndIfBad()) {
      for (const Command& command : input_.commands) Obey(command);
      Advance();
    }
    return std::move(events_);
  }

 private:
  void Observe();
  Period Measured(Period period, Span length) const;
  bool EndIfBad();
  void Obey(const Command& command);
  std::string WhyNot(const Command& command) const;
  std::string WhyNotApprove(const Command& command) const;
  void Advance();
  void AdvanceStage();
  bool AllPassed(const std::vector<std::string>& gates) const;
  const std::vector<std::string>& GatesNow() const;
  void BeginStage(size_t stage);
  void BeginRules();
  void Promote(std::string_view actor, std::string_view why);
  void Enter(Phase phase);
  Event& Tell(EventKind kind, std::string_view actor, std::string text);
  void End(Phase phase, EventKind kind, std::string_view actor, std::string text, const RuleStatus* rule = nullptr);

  const Policy& policy_;
  const Input& input_;
  State& state_;
  std::vector<Event> events_;
};

Period Stepper::Measured(Period period, Span length) const {
  if (!period.Plausible()) period = {};
  period.start = input_.now - length;
  period.length = length;
  return period;
}

void Stepper::Observe() {
  const Span longest = policy_.sampling_period * kLongestStep;
  const Span length = std::clamp(input_.now - state_.last_step, Span(0), longest);
  state_.last_step = input_.now;
  state_.check_missing = input_.check_missing;
  Evidence evidence(state_.stable, state_.candidate, state_.baselines);
  evidence.stable_step = Measured(input_.stable, length);
  evidence.candidate_step = Measured(input_.candidate, length);
  state_.stable.Add(evidence.stable_step);
  evidence.whole = state_.candidate.Add(evidence.candidate_step);
  evidence.stable_period = state_.stable.periods().back();
  evidence.candidate_period = state_.candidate.periods().back();
  state_.in_phase += length;
  if (state_.phase == Phase::kRunning) {
    state_.in_stage += length;
    state_.stage_requests += evidence.candidate_step.requests;
  }
  for (size_t i = 0; i < policy_.rules.size(); ++i) UpdateRule(policy_.rules[i], evidence, state_.rules[i]);
}

bool Stepper::EndIfBad() {
  for (const RuleState& rule : state_.rules) {
    if (rule.status.verdict != Verdict::kBad) continue;
    End(Phase::kRolledBack, EventKind::kRolledBack, kEngine,
        StrCat("rule '", rule.status.rule, "': ", rule.status.text), &rule.status);
    return true;
  }
  for (const std::string& gate : GatesNow()) {
    const auto answer = input_.gates.find(gate);
    if (answer == input_.gates.end() || answer->second != GateState::kFailed) continue;
    End(Phase::kRolledBack, EventKind::kRolledBack, kEngine, StrCat("gate '", gate, "' failed"));
    return true;
  }
  return false;
}

// Of two people who mean the same stage the second must not approve the next one.
std::string Stepper::WhyNotApprove(const Command& command) const {
  if (!InStage(state_.phase)) return StrCat("no stage awaits an approval; the rollout is ", Name(state_.phase));
  const Stage& stage = policy_.stages[state_.stage];
  if (command.stage && *command.stage != stage.name) {
    return StrCat("the rollout is in stage '", stage.name, "', not in '", *command.stage, "'; nothing was approved");
  }
  if (!stage.wait_for_approval) return "this stage awaits no approval";
  return state_.approved ? StrCat("stage '", stage.name, "' is approved already; the audit says by whom") : "";
}

// Empty: the command fits.
std::string Stepper::WhyNot(const Command& command) const {
  if (Ended(state_.phase)) return StrCat("the rollout has ended: ", Name(state_.phase));
  const bool promoted = state_.phase == Phase::kBaking;
  switch (command.kind) {
    case CommandKind::kPause:
      return state_.phase == Phase::kRunning ? ""
                                             : StrCat("only a running stage can pause; it is ", Name(state_.phase));
    case CommandKind::kResume:
      return state_.phase == Phase::kPaused ? ""
                                            : StrCat("only a paused rollout can resume; it is ", Name(state_.phase));
    case CommandKind::kApprove: return WhyNotApprove(command);
    case CommandKind::kPromote: return promoted ? "the candidate is promoted already" : "";
    case CommandKind::kAbort:
    case CommandKind::kRollBack: return "";
  }
  return "unknown command";
}

void Stepper::Obey(const Command& command) {
  if (std::string why = WhyNot(command); !why.empty()) {
    Tell(EventKind::kRefused, command.actor, StrCat(Name(command.kind), ": ", why));
    return;
  }
  switch (command.kind) {
    case CommandKind::kPause:
      Enter(Phase::kPaused);
      Tell(EventKind::kPaused, command.actor, command.reason);
      break;
    case CommandKind::kResume:
      Enter(Phase::kRunning);
      Tell(EventKind::kResumed, command.actor, command.reason);
      break;
    case CommandKind::kApprove:
      state_.approved = true;
      Tell(EventKind::kApproved, command.actor, command.reason);
      break;
    case CommandKind::kPromote: Promote(command.actor, command.reason); break;
    case CommandKind::kAbort: End(Phase::kAborted, EventKind::kAborted, command.actor, command.reason); break;
    case CommandKind::kRollBack: End(Phase::kRolledBack, EventKind::kRolledBack, command.actor, command.reason); break;
  }
}

void Stepper::Advance() {
  switch (state_.phase) {
    case Phase::kWaiting:
      if (AllPassed(policy_.start_gates)) {
        Tell(EventKind::kStarted, kEngine, StrCat("candidate ", policy_.candidate));
        BeginStage(0);
      } else if (state_.in_phase >= policy_.max_pause) {
        End(Phase::kAborted, EventKind::kAborted, kEngine,
            StrCat("the start gates did not pass within max_pause, ", ReadableSpan(policy_.max_pause)));
      }
      break;
    case Phase::kRunning: AdvanceStage(); break;
    case Phase::kPaused:
      if (state_.in_phase >= policy_.max_pause) {
        End(Phase::kAborted, EventKind::kAborted, kEngine,
            StrCat("paused for longer than max_pause, ", ReadableSpan(policy_.max_pause)));
      }
      break;
    case Phase::kBaking:
      if (state_.in_phase >= policy_.bake_time) {
        End(Phase::kFinished, EventKind::kFinished, kEngine,
            StrCat("nothing was bad for ", ReadableSpan(policy_.bake_time), " after the promotion"));
      }
      break;
    default: break;
  }
}

void Stepper::AdvanceStage() {
  const Stage& stage = policy_.stages[state_.stage];
  const std::vector<std::string> missing = MissingInStage(policy_, state_);
  const bool approved = !stage.wait_for_approval || state_.approved;
  if (missing.empty() && approved && AllPassed(stage.gates)) {
    if (state_.stage + 1 < policy_.stages.size()) {
      BeginStage(state_.stage + 1);
    } else {
      Promote(kEngine, "all stages passed");
    }
  } else if (state_.in_stage >= stage.max_duration) {
    const std::string lacks = !missing.empty() ? missing.front() : !approved ? "an approval" : "a gate that passes";
    End(Phase::kAborted, EventKind::kAborted, kEngine,
        StrCat("stage '", stage.name, "' reached its max_duration, ", ReadableSpan(stage.max_duration),
               ", and still awaits ", lacks));
  }
}

bool Stepper::AllPassed(const std::vector<std::string>& gates) const {
  return std::all_of(gates.begin(), gates.end(), [this](const std::string& gate) {
    const auto answer = input_.gates.find(gate);
    return answer != input_.gates.end() && answer->second == GateState::kPassed;
  });
}

const std::vector<std::string>& Stepper::GatesNow() const {
  static const std::vector<std::string> kNone;
  if (state_.phase == Phase::kWaiting) return policy_.start_gates;
  return InStage(state_.phase) ? policy_.stages[state_.stage].gates : kNone;
}

void Stepper::BeginStage(size_t stage) {
  state_.stage = stage;
  state_.in_stage = Span(0);
  state_.stage_requests = 0;
  state_.approved = false;
  state_.check_missing.reset();
  Enter(Phase::kRunning);
  BeginRules();
  Tell(EventKind::kStageBegan, kEngine, StrCat("stage ", stage + 1, " of ", policy_.stages.size()));
}

// Sequential tests give each stage, and the bake, an equal part of their weight: a change of the share is when a
// candidate turns bad.
void Stepper::BeginRules() {
  for (size_t i = 0; i < policy_.rules.size(); ++i) {
    rollout::BeginStage(policy_.rules[i], policy_.stages.size() + 1, state_.rules[i]);
  }
}

void Stepper::Promote(std::string_view actor, std::string_view why) {
  Enter(Phase::kBaking);
  BeginRules();
  Tell(EventKind::kPromoted, actor, std::string(why));
  if (policy_.bake_time == Span::zero()) Advance();
}

void Stepper::Enter(Phase phase) {
  state_.phase = phase;
  state_.in_phase = Span(0);
}

Event& Stepper::Tell(EventKind kind, std::string_view actor, std::string text) {
  Event event{.kind = kind, .time = input_.now, .actor = std::string(actor), .text = std::move(text)};
  if (InStage(state_.phase)) event.stage = policy_.stages[state_.stage].name;
  return events_.emplace_back(std::move(event));
}

void Stepper::End(Phase phase, EventKind kind, std::string_view actor, std::string text, const RuleStatus* rule) {
  Event& event = Tell(kind, actor, std::move(text));  // first: the event tells the stage in which it ended
  if (rule != nullptr) event.rule = *rule;
  Enter(phase);
  state_.outcome = event;
}

}  // namespace

State Start(const Policy& policy, Time now, Baselines baselines) {
  State state;
  state.started = state.last_step = now;
  state.stable = state.candidate = health::Window(WindowOptionsOf(policy));
  state.baselines = std::move(baselines);
  state.rules.resize(policy.rules.size());
  for (size_t i = 0; i < policy.rules.size(); ++i) state.rules[i].status.rule = policy.rules[i].name;
  return state;
}

Decision Step(const Policy& policy, const Input& input, State& state) {
  std::vector<Event> events;
  if (!Ended(state.phase)) {
    events = Stepper(policy, input, state).Run();
  } else {
    for (const Command& command : input.commands) {
      events.push_back({.kind = EventKind::kRefused,
                        .time = input.now,
                        .actor = command.actor,
                        .text = StrCat(Name(command.kind), ": the rollout has ended: ", Name(state.phase))});
    }
  }
  Decision decision = Describe(policy, state);
  decision.events = std::move(events);
  return decision;
}

}  // namespace huidu::rollout
