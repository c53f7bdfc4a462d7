#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rollout/policy.h"
#include "rollout/state.h"

// The decisions of a rollout as a pure function: (policy, state, time, figures) to (state, decision). No clock, no
// thread, no files: the server calls Step() every sampling period and at once when something fails, a trace file calls
// it in `huidu simulate`, and tests call it a million times. docs/design/0005-rollout-decisions.md says why it is so.
//
// Time is what was observed: a step adds the calendar time since the last one, but nothing if the calendar went back,
// and no more than three sampling periods if it leapt (the server was down). What nobody watched does not count.
namespace huidu::rollout {

// Where the traffic belongs. The candidate never gets more.
struct Route {
  bool internal_users = false;  // go to the candidate
  uint32_t share = 0;           // of the other users, in basis points
  uint32_t shadow_share = 0;    // of stable's requests, in basis points
  bool promoted = false;        // the candidate is the new stable: it has all traffic, share is 10,000

  bool operator==(const Route&) const = default;
};

enum class GateState { kPending, kPassed, kFailed };

enum class CommandKind { kPause, kResume, kApprove, kPromote, kAbort, kRollBack };
std::string_view Name(CommandKind kind);

struct Command {
  CommandKind kind = CommandKind::kPause;
  std::string actor;
  std::string reason;
  std::optional<std::string> stage;  // kApprove: refused if the rollout is in another one
};

struct Input {
  Time now{};
  // What happened since the last step; the engine sets their start and length.
  health::Period stable, candidate;
  // Of the gates that the last decision wanted. Forget the answers when a stage begins: each stage asks anew.
  std::map<std::string, GateState> gates;
  std::vector<Command> commands;  // in the order of their arrival
  // What lacks of the check that the stage requires, for people; empty: it has passed; nullopt: nobody looked.
  std::optional<std::string> check_missing;
};

struct Decision {
  Phase phase = Phase::kWaiting;
  Route route;
  std::string stage;  // name; empty before the first and after the end
  // After kRolledBack: whether the candidate's content must stay out until a person clears it.
  bool quarantine = false;
  std::vector<Event> events;              // of this step
  std::vector<RuleStatus> rules;          // as in the policy
  std::vector<std::string> gates_wanted;  // ask these now; empty while something else is awaited
  bool approval_wanted = false;
  std::vector<std::string> waiting_for;  // what the stage's end awaits, for people
};

// A rollout that has just begun. The policy must be valid (validate.h).
State Start(const Policy& policy, Time now, Baselines baselines = {});

// One step. Never fails: figures that cannot be (more errors than requests) are left out. After the end nothing
// changes.
Decision Step(const Policy& policy, const Input& input, State& state);

// What holds now, without a step: after a restart, and for status pages. Has no events.
Decision Describe(const Policy& policy, const State& state);

}  // namespace huidu::rollout
