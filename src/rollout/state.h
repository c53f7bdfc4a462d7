#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "health/window.h"
#include "rollout/policy.h"
#include "rollout/sequential.h"

namespace huidu::rollout {

enum class Phase {
  kWaiting,     // for the start gates; no traffic yet
  kRunning,     // in a stage
  kPaused,      // in a stage whose time stands still; the rules stay at work
  kBaking,      // promoted; the old stable is the fallback
  kFinished,    // promoted for good
  kRolledBack,  // a rule, a gate or a person said that the candidate is bad
  kAborted,     // ended without a word on the candidate: by a person, or because it took too long
};
inline bool Ended(Phase phase) { return phase >= Phase::kFinished; }
std::string_view Name(Phase phase);

enum class Verdict { kNotEnoughYet, kGood, kBad };
std::string_view Name(Verdict verdict);

// What a rule says now.
struct RuleStatus {
  std::string rule;
  Verdict verdict = Verdict::kNotEnoughYet;
  std::optional<health::Figure> candidate;
  std::optional<health::Figure> stable;
  std::optional<double> limit;  // that the candidate's figure was held against, in the metric's unit
  // 1: as far from the limit as can be, 0: at it, below 0: beyond. Sequential rules: what lacks of the evidence.
  std::optional<double> headroom;
  uint32_t bad_in_a_row = 0;  // of the rule's `periods`
  std::string text;           // for people

  bool operator==(const RuleStatus&) const = default;
};

// What a rule remembers between steps.
struct RuleState {
  health::Period candidate_batch, stable_batch;  // window 0: periods joined so far
  TwoSampleTest two_sample;
  LimitTest limit_test;
  uint64_t threshold_bucket = 0;  // sequential latency: above it is slow; from stable's past; 0: not known yet
  uint64_t stage_samples = 0;     // sequential: candidate events since the stage began
  RuleStatus status;

  bool operator==(const RuleState&) const = default;
};

enum class EventKind {
  kStarted,
  kStageBegan,
  kPaused,
  kResumed,
  kApproved,
  kPromoted,
  kFinished,
  kRolledBack,
  kAborted,
  kRefused,  // a command that does not fit
};
std::string_view Name(EventKind kind);

struct Event {
  EventKind kind = EventKind::kStarted;
  Time time{};
  std::string stage;               // in which it happened; empty outside of stages
  std::string actor;               // "huidu", or who gave the command
  std::string text;                // for people: with rule, figures of both versions and limit
  std::optional<RuleStatus> rule;  // that decided
};

// Figures of stable from before the rollout (an accuracy over weeks), where there are any.
using Baselines = std::map<health::Metric, health::Figure>;

// All that a rollout needs to go on after the process was killed; state_json.h stores it.
struct State {
  Phase phase = Phase::kWaiting;
  size_t stage = 0;  // index; the last one while baking
  Time started{};
  Time last_step{};                          // calendar time of the last step
  Span in_phase{0};                          // observed time in this stage, pause, or bake
  Span in_stage{0};                          // observed time in this stage, without pauses
  uint64_t stage_requests = 0;               // that the candidate was asked since the stage began
  bool approved = false;                     // this stage
  std::optional<std::string> check_missing;  // as of the last step (Input); not stored: the next step knows it
  health::Window stable, candidate;
  std::vector<RuleState> rules;  // as in the policy
  Baselines baselines;
  std::optional<Event> outcome;  // how it ended

  State() = default;
  State(const State&) = delete;  // large; Save and parse it to copy it
  State& operator=(const State&) = delete;
  State(State&&) = default;
  State& operator=(State&&) = default;
};

}  // namespace huidu::rollout
