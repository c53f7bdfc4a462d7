#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "front/versions/version.h"
#include "front/versions/version_ref.h"
#include "repository/find_versions.h"

namespace huidu::front {

// What one model will be once the whole configuration is.
// Runs on: the control thread.
struct StagedModel {
  config::ModelConfig config;
  repository::ModelVersions found;
  VersionRef configured;  // what the configuration wants live, as far as it is known yet
  std::shared_ptr<const RoutingRules> rules;
  std::vector<std::shared_ptr<Version>> fresh;  // loaded and warm, not yet seen by requests
  std::vector<std::string> warnings;            // what is not as it should be, and is no reason to refuse
  bool untouched = false;                       // nothing of this model changed
  absl::Status failed;                          // first configuration only: why the model is not live
  absl::Status choice_lost;                     // first configuration only: why what was chosen cannot be live

  std::set<std::string> WantedIds() const {
    std::set<std::string> ids;
    for (const repository::FoundVersion& version : found.versions) ids.insert(version.id);
    return ids;
  }
  // nullptr: there is no fresh one.
  std::shared_ptr<Version> Fresh(const std::string& id) const {
    const auto found_at = std::find_if(fresh.begin(), fresh.end(), [&](const auto& each) { return each->id() == id; });
    return found_at == fresh.end() ? nullptr : *found_at;
  }
};

}  // namespace huidu::front
