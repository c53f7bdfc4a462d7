#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace huidu::state {

// Writes a file so that a reader sees the old contents or the new ones, never a part, also after a power cut: a
// temporary file beside it, fsync, rename. The folder must exist.
// Runs on: any thread; waits for the disk. Error: Unavailable with the path and the system's reason; the old file
// stays.
absl::Status WriteFileAtomically(const std::string& path, std::string_view contents);

}  // namespace huidu::state
