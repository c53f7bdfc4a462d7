#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "rollout/policy.h"

namespace huidu::rollout {

// Whether a rollout with this policy makes sense: it can finish, its shares rise and fit, each rule can fire. The error
// (InvalidArgument) names the field: "stages[2] '20 %': share: …". Whether the candidate exists, is loaded and is not
// the stable version is for the caller to check.
absl::Status Validate(const Policy& policy);

// Bounds on what one policy may hold.
inline constexpr size_t kMaxStages = 32;
inline constexpr size_t kMaxRules = 64;
inline constexpr size_t kMaxGates = 16;
inline constexpr size_t kMaxNameBytes = 100;
inline constexpr Span kMaxDuration = std::chrono::hours(24 * 90);

}  // namespace huidu::rollout
