#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/strings.h"

// What this folder's readers of JSON share. Only for .cc files: simdjson.h takes long to compile.
namespace huidu::front::rest {

// One a thread: its buffers are used again by the next request.
inline simdjson::ondemand::parser& ThreadParser() {
  thread_local simdjson::ondemand::parser parser;
  return parser;
}

// simdjson reads a little past the end of the text.
inline void AddPadding(std::string& text) { text.reserve(text.size() + simdjson::SIMDJSON_PADDING); }

// `part` stands in `text`, which has its padding.
inline simdjson::padded_string_view Padded(const std::string& text, std::string_view part) {
  const size_t capacity = static_cast<size_t>(text.data() + text.capacity() - part.data());
  return simdjson::padded_string_view(part.data(), part.size(), capacity);
}

inline absl::Status Wrong(std::string_view where, std::string_view what) {
  return absl::InvalidArgumentError(StrCat(where, ": ", what));
}

// `error` came where `expected` should stand.
inline absl::Status Unexpected(std::string_view where, std::string_view expected, simdjson::error_code error) {
  if (error == simdjson::INCORRECT_TYPE || error == simdjson::NUMBER_OUT_OF_RANGE) {
    return Wrong(where, StrCat("expected ", expected));
  }
  return Wrong(where, StrCat("expected ", expected, ", but the JSON is damaged: ", simdjson::error_message(error)));
}

}  // namespace huidu::front::rest
