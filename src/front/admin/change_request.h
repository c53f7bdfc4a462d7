#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace huidu::front {

// The JSON body of a call that changes something. Fields that the call does not have are refused rather than passed
// over: a mistyped "dry_run" must not become a real reload.
struct ChangeRequest {
  std::string version;
  std::string path;
  std::string reason;
  std::optional<std::string> stage;
  bool dry_run = false;
};

// `allowed`: the fields of this call, separated by a space: "version reason". An empty body is an empty object.
// Error: InvalidArgument naming the field and what was expected.
absl::StatusOr<ChangeRequest> ParseChangeRequest(std::string_view body, std::string_view allowed);

}  // namespace huidu::front
