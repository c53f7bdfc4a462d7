#pragma once

#include "absl/status/status.h"

namespace huidu::engine::paddle {

// Makes sure that the library that was loaded is the one that this module was built for, before any of its objects is
// made. One implementation for the Python package's library, whose header is ours, one for the official SDK.
// Errors: FailedPrecondition naming both versions.
absl::Status CheckLibrary();

}  // namespace huidu::engine::paddle
