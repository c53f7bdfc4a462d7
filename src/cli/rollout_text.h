#pragma once

#include <string>

#include "cli/admin_client.h"

namespace huidu::cli {

// A model's rollout as the admin port describes it, for people: where it stands, what it waits for, and for each rule
// both versions' figures and how far the candidate is from the limit.
std::string RolloutText(const Json& described, bool colors);

}  // namespace huidu::cli
