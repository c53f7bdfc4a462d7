#pragma once

#include <string>

#include "cli/admin_client.h"

namespace huidu::cli {

// A model's rollout as the admin port describes it, for people: where it stands, what it waits for, and for each rule
// both versions' figures and how far the candidate is from the limit.
std::string RolloutText(const Json& described, bool colors);

// The stage that awaits an approval now. Empty: none that is known of; the server says why. Error: FailedPrecondition,
// if a stage has not come so far, with what it awaits: who approves after somebody else must not approve the next
// stage.
absl::StatusOr<std::string> StageToApprove(const Json& described);

}  // namespace huidu::cli
