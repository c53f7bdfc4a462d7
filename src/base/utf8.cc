#include "base/utf8.h"

namespace huidu::utf8 {
namespace {

bool IsTail(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

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

}  // namespace

Character First(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  const size_t length = LengthAfter(lead);
  if (length == 1) return {lead, 1};
  if (length == 0 || bytes.size() < length) return {};
  char32_t value = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!IsTail(bytes[i])) return {};
    value = value << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3F);
  }
  return IsAllowed(value, length) ? Character{value, length} : Character{};
}

bool IsValid(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t length = First(bytes).length;
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string_view Shortened(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && IsTail(text[most])) --most;
  return text.substr(0, most);
}

}  // namespace huidu::utf8
