#include "task/text/utf8.h"

#include <algorithm>

#include "base/strings.h"

namespace huidu::task::text {
namespace {

struct Character {
  char32_t value = 0;
  size_t length = 0;  // 0: the bytes are no UTF-8
};

// How many bytes a character has that begins with `lead`; 0 if none does.
size_t LengthAfter(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;  // a byte from the middle, or an overlong form
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

bool IsAllowed(char32_t value, size_t length) {
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return value >= kLeast[length] && value <= 0x10FFFF && !surrogate;
}

Character First(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  const size_t length = LengthAfter(lead);
  if (length == 1) return {lead, 1};
  if (length == 0 || bytes.size() < length) return {};
  char32_t value = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xC0) != 0x80) return {};
    value = value << 6 | (next & 0x3F);
  }
  return IsAllowed(value, length) ? Character{value, length} : Character{};
}

}  // namespace

absl::StatusOr<Sentence> Decode(std::string_view bytes, size_t most_characters) {
  Sentence sentence{.bytes = bytes};
  size_t at = 0;
  while (at < bytes.size()) {
    const Character character = First(bytes.substr(at));
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
    const Character character = First(valid_utf8.substr(at));
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
