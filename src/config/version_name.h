#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Rules for version ids. A version id is what people type, what clients force by header and what
// the audit keeps, so it must name one content for ever: words that move ("latest", "test") are
// refused.
//
// Runs on: any thread; pure functions.
namespace huidu::config {

enum class VersionNaming {
  kAny,     // [A-Za-z0-9][A-Za-z0-9._+-]{0,127}, not a word that moves
  kStrict,  // vMAJOR.MINOR.PATCH-YYYYMMDD[HHMM[SS]] with a date of the calendar
};

// Error: InvalidArgument, with the reason and an example of a good id.
absl::Status CheckVersionId(std::string_view id, VersionNaming naming);

// The id that a folder's name gives, checked: "ocr_v2" -> "v2", "ocr_v1.2.0-20250405" ->
// "v1.2.0-20250405", "42" -> "42", "00042" -> "42" (TensorFlow Serving's numeric folders), anything
// else whole. `path` may be a whole path with or without a slash at its end.
absl::StatusOr<std::string> VersionIdFromPath(std::string_view path, VersionNaming naming);

// Order of versions, older first: negative, zero or positive as `a` is older than, equal to or
// newer than `b`. Numbers inside compare as numbers ("v2" < "v10"); a pre-release is older than its
// release ("v1.0.0-rc1" < "v1.0.0"), a date or build after the release is newer ("v1.2.0" <
// "v1.2.0-20250405"). Zero only for equal ids: a total order.
int CompareVersions(std::string_view a, std::string_view b);

}  // namespace huidu::config
