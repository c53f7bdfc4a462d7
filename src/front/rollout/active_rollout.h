#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "front/metrics/metrics.h"
#include "front/rollout/rollout_record.h"
#include "front/table/split.h"

namespace huidu::front {

// A rollout in this process: its record, what the engine decided last, and what has been done about it.
// Runs on: the control thread; first_failure_ns on any.
struct ActiveRollout {
  explicit ActiveRollout(std::unique_ptr<RolloutRecord> kept)
      : record(std::move(kept)), decision(rollout::Describe(record->policy, record->state)) {}

  bool ended() const { return rollout::Ended(record->state.phase); }

  std::unique_ptr<RolloutRecord> record;
  rollout::Decision decision;
  std::shared_ptr<WeightSequence> sequence = std::make_shared<WeightSequence>();
  std::shared_ptr<WeightSequence> shadow_sequence = std::make_shared<WeightSequence>();
  std::optional<rollout::Route> steered;  // what the traffic follows now
  std::chrono::nanoseconds patience{0};
  std::string asked_stage;  // in which the gates were asked
  std::map<std::string, rollout::GateState> gates;
  TimePoint due{}, last_step{}, last_sample{}, last_saved{};
  std::shared_ptr<Servable> watched;
  // When the candidate failed for the first time, as a clock reading; 0: never.
  std::shared_ptr<std::atomic<int64_t>> first_failure_ns = std::make_shared<std::atomic<int64_t>>(0);
};

// Stages for a policy that names none: carefully up, minutes apart, and every stage with enough answers to judge.
nlohmann::json DefaultStages();

// What the audit says of the traffic: "v2 20 % and internal users; v1 the rest".
std::string TrafficText(const RolloutRecord& record, const rollout::Route& route);

// What can be said of the candidate now: bad if a rule says so or it was rolled back; good if it was promoted for good,
// or every required rule says so; else not enough yet.
rollout::Verdict VerdictOf(const ActiveRollout& rollout);

// For the admin port and for /metrics.
nlohmann::json DescribeRollout(const ActiveRollout& rollout);
RolloutFigures FiguresOf(const ActiveRollout& rollout);

}  // namespace huidu::front
