// What rollouts know of checks before a release: recording them, and asking for one.
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/strings.h"
#include "front/rollout/active_rollout.h"
#include "front/rollout/rollout_manager.h"
#include "rollout/describe.h"

namespace huidu::front {

using nlohmann::json;

namespace {

absl::StatusOr<RecordedCheck> ReadCheck(const json& document, const std::string& actor) {
  HUIDU_ASSIGN_OR_RETURN(RecordedCheck check, RecordedCheckFromJson(document));
  check.recorded_by = actor;
  return check;
}

std::string HowToCheck(const RolloutRecord& record) {
  return StrCat("Run `huidu check --model ", record.model, " --candidate ", record.candidate.version,
                " --baseline live --dataset DATASET --record`");
}

}  // namespace

absl::Status RolloutManager::RecordCheck(const std::string& model, const json& document, Requester requester) {
  const config::ModelConfig* const config = versions_.Config(model);
  if (config == nullptr) return absl::NotFoundError(StrCat("model '", model, "' is not in the configuration"));
  const absl::StatusOr<RecordedCheck> check = ReadCheck(document, requester.actor);
  const absl::Status status = check.ok() ? checks_.Add(model, *check) : check.status();
  const std::string what = !check.ok() ? ""
                                       : StrCat(check->passed ? "passed" : "did not pass", " on data set '",
                                                check->dataset, "': content ", check->content_hash);
  (void)log_.Record({"check-record", model, requester.actor, requester.reason, "", what,
                     status.ok() ? "ok" : std::string(Text(status))});
  if (!status.ok()) return status;
  Alarm(model);  // a stage may wait for it
  // It may be what a configured rollout waits for.
  const bool follows = running_ && !stopped_ && !config->rollout_json.empty();
  if (check->passed && follows) StartConfigured(*config);
  return absl::OkStatus();
}

absl::StatusOr<json> RolloutManager::ListChecks(const std::string& model) const {
  if (versions_.Config(model) == nullptr) {
    return absl::NotFoundError(StrCat("model '", model, "' is not in the configuration"));
  }
  json list = json::array();
  for (const RecordedCheck& check : checks_.List(model)) list.push_back(ToJson(check));
  return json{{"model", model}, {"checks", std::move(list)}};
}

absl::Status RolloutManager::RequireCheck(RolloutRecord& record) const {
  if (!record.policy.require_check) return absl::OkStatus();
  absl::StatusOr<RecordedCheck> check =
      checks_.Admit(record.model, record.candidate.content_hash, *record.policy.require_check);
  if (!check.ok()) {
    return absl::FailedPreconditionError(
        StrCat("the policy requires ", Text(check.status()), ". ", HowToCheck(record), "; nothing was changed"));
  }
  record.check = *std::move(check);
  return absl::OkStatus();
}

std::optional<std::string> RolloutManager::MissingCheck(RolloutRecord& record) const {
  if (!rollout::InStage(record.state.phase)) return std::nullopt;
  const rollout::Stage& stage = record.policy.stages[record.state.stage];
  if (!stage.require_check) return std::nullopt;
  absl::StatusOr<RecordedCheck> check =
      checks_.Admit(record.model, record.candidate.content_hash, *stage.require_check);
  if (!check.ok()) return StrCat(Text(check.status()), ". ", HowToCheck(record));
  record.check = *std::move(check);
  return "";
}

}  // namespace huidu::front
