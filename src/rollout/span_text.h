#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "health/period.h"

namespace huidu::rollout {

// "90s", "1h30m", "500ms", "2d"; numbers are whole, units fall. Error: InvalidArgument with an example.
absl::StatusOr<health::Span> ParseSpan(std::string_view text);
// The same form, so that ParseSpan() gives the span back: "1m30s"; "0s".
std::string FormatSpan(health::Span span);
// For people: "2 d 3 h", "1 min 30 s"; the two greatest units.
std::string ReadableSpan(health::Span span);

}  // namespace huidu::rollout
