#pragma once

#include <chrono>
#include <string_view>

#include "absl/status/statusor.h"

namespace huidu::state {

// The moment that a person means with `--since`: an RFC 3339 time ("2026-11-22T03:00:00Z", "…+08:00"), a day
// ("2026-11-22", its beginning in UTC), or how long before `now` ("45s", "30m", "1h", "7d", "2w").
// Empty: the beginning of time. Error: InvalidArgument with examples.
absl::StatusOr<std::chrono::system_clock::time_point> ParseSince(std::string_view text,
                                                                 std::chrono::system_clock::time_point now);

}  // namespace huidu::state
