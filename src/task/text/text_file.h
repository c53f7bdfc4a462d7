#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu::task::text {

// No dictionary is larger.
inline constexpr size_t kMostDictionaryBytes = 256 << 20;

// A dictionary's text. Errors: ReadResource()'s; FailedPrecondition with path and offset if it is no UTF-8.
absl::StatusOr<std::string> ReadText(const std::string& path);

// The lines, as Python's text files have them: they end with \n, \r or \r\n, and an end without text is no line.
std::vector<std::string_view> Lines(std::string_view text);

// "/models/lac_v1/conf/word.dic:12", for messages; `index` counts from 0.
std::string Place(const std::string& path, size_t index);

}  // namespace huidu::task::text
