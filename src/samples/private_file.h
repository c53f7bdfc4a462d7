#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

// Files that only this server's user may read.
// Runs on: any thread; waits for the disk.
namespace huidu::samples {

// A temporary file beside it ("<path>.tmp"), then rename: a reader sees all of it or nothing. No fsync: after a power
// cut the newest may be damaged, which whoever reads it finds out. Error: Unavailable with the system's reason; nothing
// is left behind.
absl::Status WritePrivateFile(const std::string& path, std::string_view contents);

// A regular file of at most `max_bytes`. Errors: NotFound, DataLoss (longer, or no regular file), Unavailable.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t max_bytes);

// The folder and those on its way, if they are not there; what it holds is nobody else's. Error: Unavailable.
absl::Status MakePrivateFolder(const std::string& path);

}  // namespace huidu::samples
