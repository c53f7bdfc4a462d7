#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rollout/engine.h"

// Drives a rollout in tests, one sampling period after the other.
namespace huidu::rollout {

// Requests that all take 20 ms, some of which fail.
inline health::Period Answers(uint64_t requests, uint64_t errors = 0, uint64_t latency_ns = 20'000'000) {
  health::Period period{.requests = requests, .server_errors = errors};
  period.latency.Record(latency_ns, requests - errors);
  return period;
}

class Drive {
 public:
  explicit Drive(Policy policy, Baselines baselines = {})
      : policy_(std::move(policy)), state_(Start(policy_, Time{}, std::move(baselines))) {}

  // What happens in each period from now on.
  health::Period stable = Answers(100), candidate = Answers(10);
  std::map<std::string, GateState> gates;
  std::optional<std::string> check_missing;

  const Decision& Step(Span length, std::vector<Command> commands = {}) {
    now_ += length;
    decision_ = rollout::Step(policy_, {now_, stable, candidate, gates, std::move(commands), check_missing}, state_);
    events_.insert(events_.end(), decision_.events.begin(), decision_.events.end());
    return decision_;
  }
  const Decision& Order(CommandKind kind) { return Step(policy_.sampling_period, {{kind, "alice", "because", {}}}); }
  const Decision& Approve(std::string stage) {
    return Step(policy_.sampling_period, {{CommandKind::kApprove, "alice", "because", std::move(stage)}});
  }
  // Until the time has passed or the rollout has ended.
  const Decision& Run(Span span) {
    const Time end = now_ + span;
    while (now_ < end && !Ended(state_.phase)) Step(policy_.sampling_period);
    return decision_;
  }
  // Steps until the phase, or the stage of that name, is reached.
  bool RunUntil(Phase phase, int steps = 100'000) {
    while (state_.phase != phase && steps-- > 0) Step(policy_.sampling_period);
    return state_.phase == phase;
  }
  bool RunUntilStage(std::string_view stage, int steps = 100'000) {
    while (decision_.stage != stage && steps-- > 0) Step(policy_.sampling_period);
    return decision_.stage == stage;
  }

  const Decision& decision() const { return decision_; }
  const RuleStatus& rule(std::string_view name) const {
    static const RuleStatus kNone;
    const auto found = std::find_if(decision_.rules.begin(), decision_.rules.end(),
                                    [&](const RuleStatus& status) { return status.rule == name; });
    EXPECT_NE(found, decision_.rules.end()) << name;
    return found == decision_.rules.end() ? kNone : *found;
  }
  Phase phase() const { return state_.phase; }
  const Policy& policy() const { return policy_; }
  State& state() { return state_; }
  Time& now() { return now_; }
  // Of all steps: "started stage_began:1 % promoted".
  std::string Told() const {
    std::string told;
    for (const Event& event : events_) {
      if (!told.empty()) told += ' ';
      told += Name(event.kind);
      if (event.kind == EventKind::kStageBegan) told.append(":").append(event.stage);
    }
    return told;
  }
  const Event& last_event() const { return events_.back(); }

 private:
  Policy policy_;
  Time now_{};
  State state_;
  Decision decision_;
  std::vector<Event> events_;
};

// Staff for a minute, 1 % for two, 50 % for two; one minute of bake.
inline Policy ThreeStages(std::vector<Rule> rules = DefaultRules()) {
  using std::chrono::minutes;
  Policy policy;
  policy.candidate = "v2";
  policy.bake_time = minutes(1);
  policy.rules = std::move(rules);
  policy.stages = {{.name = "staff", .kind = StageKind::kInternal, .min_duration = minutes(1)},
                   {.name = "1 %", .share = 100, .min_duration = minutes(2)},
                   {.name = "half", .share = 5000, .min_duration = minutes(2)}};
  return policy;
}

}  // namespace huidu::rollout
