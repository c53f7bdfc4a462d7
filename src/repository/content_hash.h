#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu::repository {

struct ContentHash {
  std::string sha256;                        // of all, lower-case hex
  std::map<std::string, std::string> files;  // of each file
  uint64_t bytes = 0;                        // of all files together
};

// Identifies a version by what its files hold, whatever folder they are in. The whole is the sha256
// of, for each file in the order of their names: the name, a zero byte, and the sha256 (32 bytes)
// of its content. Runs on: any thread; reads every byte, holding 1 MiB. Errors: NotFound,
// PermissionDenied, FailedPrecondition (not a regular file).
absl::StatusOr<ContentHash> HashFiles(const std::string& directory, std::vector<std::string> names);

}  // namespace huidu::repository
