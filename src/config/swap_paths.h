#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace huidu::config {

// The text of a configuration in which two folders of a model have changed places: what base_path named stands in
// `versions`, and the other way round. Everything else stays as it was, comments and all.
// Runs on: any thread; pure.
// Errors: InvalidArgument (the text is no configuration), NotFound (the model, or base_path is not `from`).
absl::StatusOr<std::string> SwapPaths(std::string_view text, const std::string& model, const std::string& from,
                                      const std::string& to);

}  // namespace huidu::config
