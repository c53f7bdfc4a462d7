#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "front/metrics/metrics.h"
#include "front/versions/change_log.h"
#include "rollout/engine.h"

namespace huidu::front {

// What the admin port needs of the rollouts. The server's is the RolloutManager; a test's is a few lines.
// Runs on: the control thread.
class RolloutControl {
 public:
  virtual ~RolloutControl() = default;
  // Begins a rollout as the JSON says: the policy's fields (docs/reference/rollout-rules.md) and those of the data
  // path. Errors: InvalidArgument (the policy), NotFound (model, candidate), FailedPrecondition (the candidate is not
  // ready, is live or is quarantined), AlreadyExists (one is running; the text says which). Nothing has changed then.
  virtual absl::Status Start(const std::string& model, const nlohmann::json& request, Requester requester) = 0;
  // Errors: FailedPrecondition with what happened instead, where the order does not fit any more.
  virtual absl::Status Order(const std::string& model, rollout::CommandKind kind, Requester requester) = 0;
  // Lets the stage end that waits for a person; `stage`, if given, is the only one that is meant. Errors as of Order(),
  // also where the rollout is in another stage, or this one is approved already.
  virtual absl::Status Approve(const std::string& model, std::optional<std::string> stage, Requester requester) = 0;
  // All traffic to stable: of the rollout that is running, else to the version that was live before.
  virtual absl::Status RollBack(const std::string& model, Requester requester) = 0;
  // The rollout that is running or was the last, and what is quarantined. Error: NotFound (model).
  virtual absl::StatusOr<nlohmann::json> Describe(const std::string& model) const = 0;
  // Lets quarantined content serve again, by version name or content hash. Error: NotFound.
  virtual absl::Status Clear(const std::string& model, const std::string& version, Requester requester) = 0;
  // Keeps the result of a check before a release, as recorded_check.h says. Errors: InvalidArgument (the field),
  // NotFound (model), FailedPrecondition (a later one is known), Unavailable (the disk).
  virtual absl::Status RecordCheck(const std::string& model, const nlohmann::json& document, Requester requester) = 0;
  // {"model", "checks"}, newest first. Error: NotFound (model).
  virtual absl::StatusOr<nlohmann::json> ListChecks(const std::string& model) const = 0;
  virtual std::vector<RolloutFigures> Figures() const = 0;
  // An error with the reason if a rollout needs this version as it is.
  virtual absl::Status MayChange(const std::string& model, const std::string& version) const = 0;
};

}  // namespace huidu::front
