#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/simulate/trace.h"
#include "rollout/engine.h"

namespace huidu::cli {

// What the rollout was at one moment of a replay.
struct ReplayPoint {
  double seconds = 0;
  rollout::Route route;
  std::vector<rollout::RuleStatus> rules;  // without texts
};

struct ReplayEvent {
  double seconds = 0;
  rollout::Event event;
};

struct Replay {
  std::vector<ReplayPoint> points;  // at most kMaxReplayPoints, the last one among them
  std::vector<ReplayEvent> events;
  rollout::Decision last;
  std::optional<rollout::Event> outcome;  // empty: the trace ended before the rollout did
};

inline constexpr size_t kMaxReplayPoints = 2000;

// Drives the decision engine with recorded figures, as the server would have done. The figures are what they were: a
// decision changes the share, but not what the trace says about later. Gates pass and approvals come as soon as they
// are wanted, where `approve` is true; else never. Error: InvalidArgument if the rows are too far apart for the
// policy's sampling period.
absl::StatusOr<Replay> RunReplay(const rollout::Policy& policy, const Trace& trace, bool approve);

}  // namespace huidu::cli
