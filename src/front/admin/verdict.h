#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

// What a rollout is worth, in the words of others' controllers. `described` is what RolloutControl::Describe() gives.
namespace huidu::front {

// For Argo Rollouts' web metric: {"model", "candidate", "phase", "verdict": "good" | "bad" | "not_enough_yet", "text"}.
// Error: NotFound (the model has no rollout): no measurement, rather than a false one.
absl::StatusOr<std::string> Verdict(const nlohmann::json& described);

// The answer to one of Flagger's webhooks; OK is its 2xx. A bad candidate fails every check; a promotion is confirmed
// only for a good one. The hook `rollback` is the other way round: 2xx means "roll back now", so it is OK only for a
// bad one. Errors: NotFound (no such hook, no rollout), FailedPrecondition with the reason.
absl::Status FlaggerHook(const nlohmann::json& described, std::string_view hook);

}  // namespace huidu::front
