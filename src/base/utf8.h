#pragma once

#include <cstddef>
#include <string_view>

// UTF-8 as RFC 3629 has it: overlong forms, surrogates and numbers above U+10FFFF are none.
namespace huidu::utf8 {

struct Character {
  char32_t value = 0;
  size_t length = 0;  // bytes; 0: what stands there is no UTF-8
};

// The character that begins `bytes`, which is not empty.
Character First(std::string_view bytes);

bool IsValid(std::string_view bytes);

// The beginning of `text` that has at most `most` bytes and no half character at its end.
std::string_view Shortened(std::string_view text, size_t most);

}  // namespace huidu::utf8
