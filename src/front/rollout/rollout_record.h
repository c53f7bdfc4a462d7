#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "front/rollout/data_path.h"
#include "front/rollout/recorded_check.h"
#include "front/versions/version_ref.h"
#include "rollout/engine.h"

namespace huidu::front {

// A rollout with everything that it needs to go on in another process.
struct RolloutRecord {
  using VersionRef = front::VersionRef;
  std::string model;
  VersionRef stable, candidate;
  std::string salt;  // of the users' hash
  std::string started_by;
  std::string started_at;  // UTC
  DataPath data_path;
  rollout::Policy policy;
  rollout::State state;
  std::optional<RecordedCheck> check;  // that admitted the candidate last, where the policy requires one
};

nlohmann::json ToJson(const RolloutRecord& record);
// Error: InvalidArgument with the field.
absl::StatusOr<std::unique_ptr<RolloutRecord>> RecordFromJson(const nlohmann::json& document);

}  // namespace huidu::front
