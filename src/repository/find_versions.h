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

struct ModelVersions {
  std::vector<FoundVersion> versions;  // older first; all are to be loaded
  std::string live;                    // id of the one that answers
};

// All that a model's configuration asks for: base_path, `version` and `versions`, and that labels point to one of them.
// base_path is one version's folder (then exactly that version) or a folder of version folders (then those that the
// policy picks); entries of the latter whose name starts with "." or is no acceptable version id are passed over. Live
// is `version` if given (it then takes a place of the policy's "latest"), else the newest of base_path.
//
// Errors: NotFound, PermissionDenied, FailedPrecondition (no version in it, two folders with one id, a version that is
// named is missing), InvalidArgument (base_path is a version folder with a refused name). The text begins with the
// place in the configuration (config::Places) and names the model.
absl::StatusOr<ModelVersions> FindModelVersions(const config::ModelConfig& model);

}  // namespace huidu::repository
