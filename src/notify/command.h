#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu::notify {

struct CommandResult {
  int wait_status = 0;  // as waitpid() gives it
  std::string output;   // the beginning of standard output and error
};

inline constexpr size_t kMaxOutputBytes = 4 << 10;

// Runs a program in a process group of its own, with `input` on its standard input, and ends the whole group when the
// program has ended, when `timeout` is over, or when `stop` becomes true. No shell: arguments[0] is the program's path.
//
// Runs on: any thread; blocks it until the program is gone.
// Errors:  NotFound or PermissionDenied (it cannot be started), DeadlineExceeded (it was killed), Cancelled (stopped).
absl::StatusOr<CommandResult> RunCommand(const std::vector<std::string>& arguments, const std::string& input,
                                         std::chrono::milliseconds timeout, const std::atomic<bool>& stop);

}  // namespace huidu::notify
