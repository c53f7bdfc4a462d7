#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// UTF-8 as it comes from clients and files: checked, and cut into characters (Unicode code points, as Python counts
// them).
namespace huidu::task::text {

// A text and where each of its characters begins. `bytes` is not owned.
struct Sentence {
  std::string_view bytes;
  std::vector<char32_t> characters;
  std::vector<uint32_t> starts;  // one more than characters: the last is the end

  size_t size() const { return characters.size(); }
  // The bytes of the characters from `from` to before `to`.
  std::string_view Slice(size_t from, size_t to) const { return bytes.substr(starts[from], starts[to] - starts[from]); }
};

// Overlong forms, surrogates and numbers above U+10FFFF are no UTF-8 (RFC 3629).
// Errors: InvalidArgument with the offset of the first byte that is wrong; OutOfRange if there are more than
// `most_characters`.
absl::StatusOr<Sentence> Decode(std::string_view bytes, size_t most_characters);

// Appends one character. It is a code point that Decode() gives.
void Append(char32_t character, std::string& bytes);

// White space as Python's str.isspace() has it, which str.split() and str.strip() go by.
bool IsSpace(char32_t character);

// Without the white space at both ends.
std::string_view Strip(std::string_view valid_utf8);
// The pieces between white space; none of them is empty.
std::vector<std::string_view> SplitAtSpaces(std::string_view valid_utf8);

}  // namespace huidu::task::text
