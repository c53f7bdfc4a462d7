#include "front/versions/allowed_change.h"

#include "absl/strings/str_join.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

std::string VersionNames(const Model& model) {
  return absl::StrJoin(model.versions, ", ", [](std::string* out, const auto& version) {
    StrAppend(out, version.first, " (", Name(version.second->state()), ")");
  });
}

}  // namespace

absl::Status CheckLoad(const ModelsByName& models, const std::string& model_name, const std::string& id) {
  const auto model = models.find(model_name);
  if (model == models.end()) {
    return absl::NotFoundError(StrCat("model '", model_name, "' is not in the configuration"));
  }
  const std::shared_ptr<Version> existing = model->second.Find(id);
  if (existing == nullptr || existing->state() == VersionState::kFailed) return absl::OkStatus();
  return absl::AlreadyExistsError(StrCat("version ", id, " of model '", model_name, "' is already ",
                                         Name(existing->state()), " (", existing->path(), ")"));
}

absl::Status CheckSwitch(const ModelsByName& models, const std::string& model_name, const std::string& id) {
  const auto model = models.find(model_name);
  if (model == models.end()) return absl::NotFoundError(StrCat("model '", model_name, "' is unknown"));
  const std::shared_ptr<Version> version = model->second.Find(id);
  if (version == nullptr) {
    return absl::FailedPreconditionError(StrCat("version ", id, " of model '", model_name, "' is not loaded; loaded: ",
                                                VersionNames(model->second), ". Load it first; nothing was changed"));
  }
  if (version->state() != VersionState::kReady) {
    return absl::FailedPreconditionError(StrCat("version ", id, " of model '", model_name, "' is ",
                                                Name(version->state()), ", not READY; nothing was changed"));
  }
  return absl::OkStatus();
}

absl::Status CheckUnload(const ModelsByName& models, const std::string& model_name, const std::string& id) {
  const auto model = models.find(model_name);
  if (model == models.end()) return absl::NotFoundError(StrCat("model '", model_name, "' is unknown"));
  const std::shared_ptr<Version> version = model->second.Find(id);
  if (version == nullptr) {
    return absl::NotFoundError(
        StrCat("version ", id, " of model '", model_name, "' is not loaded; loaded: ", VersionNames(model->second)));
  }
  if (model->second.live == id) {
    return absl::FailedPreconditionError(
        StrCat("version ", id, " of model '", model_name, "' is live; switch to another version first"));
  }
  if (model->second.staged.contains(id)) {
    return absl::FailedPreconditionError(StrCat("version ", id, " of model '", model_name,
                                                "' is needed by a reload that is under way; wait for its end"));
  }
  if (version->state() == VersionState::kDraining) {
    return absl::FailedPreconditionError(StrCat("version ", id, " is already draining"));
  }
  return absl::OkStatus();
}

}  // namespace huidu::front
