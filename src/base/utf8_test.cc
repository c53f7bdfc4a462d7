#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace huidu::utf8 {
namespace {

constexpr const char* kNone[] = {"\x80",
                                 "\xC0\x80",
                                 "\xC1\xBF",
                                 "\xE0\x80\x80",
                                 "\xE0\x9F\xBF",
                                 "\xED\xA0\x80",
                                 "\xED\xBF\xBF",
                                 "\xF0\x8F\xBF\xBF",
                                 "\xF4\x90\x80\x80",
                                 "\xF5\x80\x80\x80",
                                 "\xFF",
                                 "\xE4\xB8",
                                 "\xE4\xB8z",
                                 "\xE4",
                                 "\xC3("};

TEST(Utf8Test, TakesTheFirstAndTheLastCharacterOfEachLength) {
  const struct {
    std::string bytes;
    char32_t value;
  } ends[] = {{std::string(1, '\0'), 0},     {"\x7F", 0x7F},           {"\xC2\x80", 0x80},
              {"\xDF\xBF", 0x7FF},           {"\xE0\xA0\x80", 0x800},  {"\xED\x9F\xBF", 0xD7FF},
              {"\xEE\x80\x80", 0xE000},      {"\xEF\xBF\xBF", 0xFFFF}, {"\xF0\x90\x80\x80", 0x10000},
              {"\xF4\x8F\xBF\xBF", 0x10FFFF}};
  for (const auto& [bytes, value] : ends) {
    const Character first = First(bytes + "z");
    EXPECT_EQ(first.value, value);
    EXPECT_EQ(first.length, bytes.size()) << static_cast<uint32_t>(value);
  }
}

TEST(Utf8Test, KnowsWhatIsNone) {
  for (const char* bytes : kNone) {
    EXPECT_EQ(First(bytes).length, 0u) << bytes;
    EXPECT_FALSE(IsValid(std::string("中") + bytes)) << bytes;
  }
  EXPECT_TRUE(IsValid(""));
  EXPECT_TRUE(IsValid("aé中😀"));
}

TEST(Utf8Test, CutsBetweenCharacters) {
  EXPECT_EQ(Shortened("中文", 6), "中文");
  EXPECT_EQ(Shortened("中文", 5), "中");
  EXPECT_EQ(Shortened("中文", 3), "中");
  EXPECT_EQ(Shortened("中文", 2), "");
  EXPECT_EQ(Shortened("ab", 1), "a");
  EXPECT_EQ(Shortened("\x80\x80\x80", 2), "") << "no character begins there";
}

}  // namespace
}  // namespace huidu::utf8
