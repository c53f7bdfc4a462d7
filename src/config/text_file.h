#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace huidu::config {

// A whole regular file of at most `max_bytes`. A fifo or a device in its place does not block the
// caller. Runs on: any thread. Errors: NotFound, PermissionDenied, FailedPrecondition (not a
// regular file), ResourceExhausted (larger), Unavailable (the disk failed).
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

}  // namespace huidu::config
