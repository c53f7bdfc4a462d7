#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "rollout/policy.h"

namespace huidu::rollout {

// A policy as JSON, as the admin API, `huidu rollout start` and `huidu simulate` take it.
// docs/reference/rollout-rules.md lists the fields; unknown ones are refused by name.
// "rules" are added to the default rules ("default_rules": false leaves these out); one with a default's name changes
// just the fields that it gives; "remove_rules" takes defaults away.
// Errors: InvalidArgument with the path of the field. The result is checked with Validate().
absl::StatusOr<Policy> PolicyFromJson(const nlohmann::json& document);
absl::StatusOr<Policy> ParsePolicy(std::string_view text);  // at most 1 MiB

// With every rule in full, so that PolicyFromJson() gives the same policy back.
nlohmann::json ToJson(const Policy& policy);

}  // namespace huidu::rollout
