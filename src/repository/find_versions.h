#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"

// Which versions a model's configuration asks for, with the folder of each.
//
// Runs on: any thread; reads folders, not models.
namespace huidu::repository {

struct FoundVersion {
  std::string id;
  std::string path;  // absolute
};

// `base_path` is one version's folder (then exactly that version) or a folder of version folders
// (then those that `policy` picks, older first). Entries of a folder of versions whose name starts
// with "." or is no acceptable version id are passed over. Errors: NotFound, PermissionDenied,
// FailedPrecondition (no version in it, two folders with one id, a version that the policy names is
// missing), InvalidArgument (base_path is a version folder with a refused name).
absl::StatusOr<std::vector<FoundVersion>> FindVersions(const std::string& base_path,
                                                       const config::VersionPolicy& policy,
                                                       config::VersionNaming naming);

struct ModelVersions {
  std::vector<FoundVersion> versions;  // older first; all are to be loaded
  std::string live;                    // id of the one that answers
};

// All that the configuration asks for: base_path, `version` and `versions`, and that labels point
// to one of them. Live is `version` if given (it then takes a place of the policy's "latest"), else
// the newest of base_path. Errors: as FindVersions().
absl::StatusOr<ModelVersions> FindModelVersions(const config::ModelConfig& model);

}  // namespace huidu::repository
