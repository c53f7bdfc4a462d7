#pragma once

#include <nlohmann/json_fwd.hpp>

#include "absl/status/statusor.h"
#include "rollout/engine.h"

namespace huidu::rollout {

// A rollout's state for a file or a database: read back with the same policy, the rollout goes on as if nothing had
// happened. Some kilobytes; up to 1 MB with windows of an hour and much traffic.
nlohmann::json ToJson(const State& state);
// Error: InvalidArgument with the field (DataLoss is for the caller to say), also if it belongs to another policy.
absl::StatusOr<State> StateFromJson(const Policy& policy, const nlohmann::json& document);

// One stretch of time of one version, with every counter and histogram.
nlohmann::json ToJson(const health::Period& period);
// Error: InvalidArgument with the field.
absl::StatusOr<health::Period> PeriodFromJson(const nlohmann::json& document);

// For status pages, the admin API and `--json`.
nlohmann::json ToJson(const RuleStatus& status);
nlohmann::json ToJson(const Event& event);
nlohmann::json ToJson(const Decision& decision);
// By the metrics' names.
nlohmann::json ToJson(const Baselines& baselines);

}  // namespace huidu::rollout
