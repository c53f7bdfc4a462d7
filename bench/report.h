#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"

// How both programs end: the report on standard output or in a file, and the exit status.
namespace huidu::bench {

// `path` empty: standard output. Error: Unavailable if the file cannot be written.
absl::Status WriteReport(const nlohmann::json& report, const std::string& path);

// The status to exit with; an error is printed first. 2: wrong usage, 1: everything else.
int ExitStatus(const char* program, const absl::StatusOr<int>& result);

}  // namespace huidu::bench
