#pragma once

#include <string>
#include <string_view>

#include "cli/simulate/replay.h"

namespace huidu::cli {

// The rule to draw below the shares: the one that decided, else the one that came nearest to its limit; its index in
// the policy. `name`, where it is given, must be one of the policy's rules (NotFound).
absl::StatusOr<size_t> RuleToDraw(const rollout::Policy& policy, const Replay& replay, std::string_view name);

// A replay as a picture: the candidate's share over time with all decisions, and below it one rule's figure for both
// versions against its limit (for a sequential rule: the evidence, of what is needed). A whole SVG 1.1 document without
// scripts or outside references.
std::string TimelineSvg(const rollout::Policy& policy, const Replay& replay, size_t rule);

}  // namespace huidu::cli
