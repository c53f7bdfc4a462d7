#include "task/text/utf8.h"

#include <algorithm>

#include "base/strings.h"
#include "base/utf8.h"

namespace huidu::task::text {
absl::StatusOr<Sentence> Decode(std::string_view bytes, size_t most_characters) {
  Sentence sentence{.bytes = bytes};
  size_t at = 0;
  while (at < bytes.size()) {
    const utf8::Character character = utf8::First(bytes.substr(at));
    if (character.length == 0) return absl::InvalidArgumentError(StrCat("byte ", at, " is no UTF-8"));
    if (sentence.size() == most_characters) {
      return absl::OutOfRangeError(StrCat("more than ", most_characters, " characters (", bytes.size(), " bytes)"));
    }
    sentence.characters.push_back(character.value);
    sentence.starts.push_back(static_cast<uint32_t>(at));
    at += character.length;
  }
  sentence.starts.push_back(static_cast<uint32_t>(at));
  return sentence;
}

void Append(char32_t character, std::string& bytes) {
  const auto tail = [&](int shift) { bytes.push_back(static_cast<char>(0x80 | (character >> shift & 0x3F))); };
  if (character < 0x80) {
    bytes.push_back(static_cast<char>(character));
  } else if (character < 0x800) {
    bytes.push_back(static_cast<char>(0xC0 | character >> 6));
    tail(0);
  } else if (character < 0x10000) {
    bytes.push_back(static_cast<char>(0xE0 | character >> 12));
    tail(6);
    tail(0);
  } else {
    bytes.push_back(static_cast<char>(0xF0 | character >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool IsSpace(char32_t character) {
  if (character < 0x80) return (character >= 9 && character <= 13) || (character >= 28 && character <= 32);
  return character == 0x85 || character == 0xA0 || character == 0x1680 ||
         (character >= 0x2000 && character <= 0x200A) || character == 0x2028 || character == 0x2029 ||
         character == 0x202F || character == 0x205F || character == 0x3000;
}

std::vector<std::string_view> SplitAtSpaces(std::string_view valid_utf8) {
  std::vector<std::string_view> pieces;
  size_t piece = 0, at = 0;
  while (at < valid_utf8.size()) {
    const utf8::Character character = utf8::First(valid_utf8.substr(at));
    const size_t next = at + std::max<size_t>(character.length, 1);
    if (IsSpace(character.value)) {
      if (at > piece) pieces.push_back(valid_utf8.substr(piece, at - piece));
      piece = next;
    }
    at = next;
  }
  if (at > piece) pieces.push_back(valid_utf8.substr(piece));
  return pieces;
}

std::string_view Strip(std::string_view valid_utf8) {
  const std::vector<std::string_view> pieces = SplitAtSpaces(valid_utf8);
  if (pieces.empty()) return {};
  const char* const end = pieces.back().data() + pieces.back().size();
  return {pieces.front().data(), static_cast<size_t>(end - pieces.front().data())};
}

}  // namespace huidu::task::text
