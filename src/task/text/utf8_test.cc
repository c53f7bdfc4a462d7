#include "task/text/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::task::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kMany = 1000;

TEST(Utf8Test, CutsATextIntoCharacters) {
  const auto sentence = Decode("aé中😀", kMany);
  ASSERT_TRUE(sentence.ok()) << sentence.status();
  EXPECT_THAT(sentence->characters, ElementsAre(U'a', U'é', U'中', U'😀'));
  EXPECT_THAT(sentence->starts, ElementsAre(0, 1, 3, 6, 10));
  EXPECT_EQ(sentence->Slice(1, 3), "é中");
  EXPECT_EQ(sentence->Slice(3, 4), "😀");
}

TEST(Utf8Test, AnEmptyTextHasNoCharacters) {
  const auto sentence = Decode("", kMany);
  ASSERT_TRUE(sentence.ok());
  EXPECT_EQ(sentence->size(), 0u);
  EXPECT_THAT(sentence->starts, ElementsAre(0));
}

TEST(Utf8Test, TakesTheFirstAndTheLastCharacterOfEachLength) {
  for (const char32_t character :
       {U'\0', U'\x7F', U'\x80', U'\u07FF', U'\u0800', U'\uD7FF', U'\uE000', U'\uFFFF', U'\U00010000', U'\U0010FFFF'}) {
    std::string bytes;
    Append(character, bytes);
    const auto sentence = Decode(bytes, kMany);
    ASSERT_TRUE(sentence.ok()) << static_cast<uint32_t>(character);
    EXPECT_THAT(sentence->characters, ElementsAre(character));
  }
}

TEST(Utf8Test, NamesTheFirstByteThatIsWrong) {
  const std::string good = "中文";
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE4\xB8", "\xE4\xB8z", "\xE4", "\xC3("}) {
    const absl::Status status = Decode(good + bad, kMany).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_EQ(Text(status), "byte 6 is no UTF-8") << bad;
  }
}

TEST(Utf8Test, RefusesATextThatIsTooLong) {
  EXPECT_TRUE(Decode("中文", 2).ok());
  const absl::Status status = Decode("中文字", 2).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(Text(status), HasSubstr("more than 2 characters (9 bytes)"));
}

TEST(Utf8Test, SplitsAtWhiteSpaceOfAnyKind) {
  EXPECT_THAT(SplitAtSpaces("  一\t二\u3000三\u00a0四\u2028五 "), ElementsAre("一", "二", "三", "四", "五"));
  EXPECT_THAT(SplitAtSpaces("\u3000 \n"), ElementsAre());
  EXPECT_THAT(SplitAtSpaces("零宽\u200b空格"), ElementsAre("零宽\u200b空格"));
}

TEST(Utf8Test, StripsBothEndsOnly) {
  EXPECT_EQ(Strip("\u3000一 二\r\n"), "一 二");
  EXPECT_EQ(Strip(" \t"), "");
}

}  // namespace
}  // namespace huidu::task::text
