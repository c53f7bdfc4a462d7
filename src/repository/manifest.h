#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "repository/version_folder.h"

namespace huidu::repository {

inline constexpr char kManifestName[] = "version.prototxt";

// Reads a version.prototxt of at most 1 MiB.
// Runs on: any thread.
// Errors: as config::ReadFile(), and InvalidArgument with every fault as file:line:column.
absl::StatusOr<Manifest> ReadManifest(const std::string& path);

}  // namespace huidu::repository
