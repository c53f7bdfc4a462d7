#include "front/rollout/rollout_record.h"

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "rollout/policy_json.h"
#include "rollout/state_json.h"

namespace huidu::front {
namespace {

using nlohmann::json;

json ToJson(const RolloutRecord::VersionRef& ref) {
  return {{"version", ref.version}, {"path", ref.path}, {"content_hash", ref.content_hash}};
}

std::string TextAt(const json& document, const char* name) {
  const auto found = document.find(name);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

RolloutRecord::VersionRef RefAt(const json& document, const char* name) {
  const auto found = document.find(name);
  if (found == document.end() || !found->is_object()) return {};
  return {TextAt(*found, "version"), TextAt(*found, "path"), TextAt(*found, "content_hash")};
}

}  // namespace

json ToJson(const RolloutRecord& record) {
  json out = {{"model", record.model},
              {"stable", ToJson(record.stable)},
              {"candidate", ToJson(record.candidate)},
              {"salt", record.salt},
              {"started_by", record.started_by},
              {"started_at", record.started_at},
              {"data_path", ToJson(record.data_path)},
              {"policy", rollout::ToJson(record.policy)},
              {"state", rollout::ToJson(record.state)}};
  if (record.check) out["check"] = ToJson(*record.check);
  return out;
}

absl::StatusOr<std::unique_ptr<RolloutRecord>> RecordFromJson(const json& document) {
  if (!document.is_object() || !document.contains("policy") || !document.contains("state")) {
    return absl::InvalidArgumentError("a stored rollout has no policy or no state");
  }
  auto record = std::make_unique<RolloutRecord>();
  record->model = TextAt(document, "model");
  record->stable = RefAt(document, "stable");
  record->candidate = RefAt(document, "candidate");
  record->salt = TextAt(document, "salt");
  record->started_by = TextAt(document, "started_by");
  record->started_at = TextAt(document, "started_at");
  json data_path = document.value("data_path", json::object());
  HUIDU_ASSIGN_OR_RETURN(record->data_path, TakeDataPath(data_path));
  HUIDU_ASSIGN_OR_RETURN(record->policy, rollout::PolicyFromJson(document["policy"]));
  HUIDU_ASSIGN_OR_RETURN(record->state, rollout::StateFromJson(record->policy, document["state"]));
  if (document.contains("check")) {
    HUIDU_ASSIGN_OR_RETURN(record->check, StoredCheckFromJson(document["check"]));
  }
  return record;
}

}  // namespace huidu::front
