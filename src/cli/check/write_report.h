#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"

namespace huidu::cli {

// `mode`: who may read the file if it is new; one that shows what users sent is its owner's, 0600.
// Error: Unavailable with the system's reason.
absl::Status WriteReport(const std::string& path, const std::string& text, mode_t mode);

}  // namespace huidu::cli
