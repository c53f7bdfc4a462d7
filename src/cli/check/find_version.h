#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/admin_client.h"
#include "config/config.h"

namespace huidu::cli {

// The folder of a version: `name` itself if it is a folder (has a "/" or exists), else what a server says of its
// version of that name: of one that is loaded, else that is quarantined or answered in such a one's place, else that
// was once loaded by command, as the audit tells. "live" is the one that answers users. Errors: NotFound with the
// versions that there are, or if the server's folder is not on this machine, and those of CallAdmin().
absl::StatusOr<std::string> FindVersionFolder(const AdminOptions& admin, const std::string& model,
                                              const std::string& name);

// How the model is to be loaded: its entry in a configuration file; without a file, the defaults.
// Errors: those of config::Load(), and NotFound if the file has no such model.
absl::StatusOr<config::ModelConfig> FindModelConfig(const std::string& file, const std::string& model);

}  // namespace huidu::cli
