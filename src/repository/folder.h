#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu::repository {

// The names in a folder, sorted; hidden ones (".", "..data") are left out. Symbolic links count as
// what they point to.
struct Listing {
  std::vector<std::string> files;
  std::vector<std::string> folders;
};

// Runs on: any thread.
// Errors: NotFound, PermissionDenied, FailedPrecondition (not a folder), ResourceExhausted (more
// than 100,000 names).
absl::StatusOr<Listing> ListFolder(const std::string& directory);

// Whether a name that came from outside stays inside the folder that it is joined to: relative,
// without "..", and without control characters.
bool StaysInside(std::string_view name);

}  // namespace huidu::repository
