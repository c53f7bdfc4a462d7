#include "task/lexical_analysis/word_cutter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "task/text/utf8.h"

namespace huidu::task::lexical_analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Cut(const WordCutter& cutter, std::string_view text) {
  const text::Sentence sentence = *text::Decode(text, 1000);
  std::vector<std::string> words;
  size_t from = 0;
  for (const size_t to : cutter.Cut(sentence.characters)) {
    words.emplace_back(sentence.Slice(from, to));
    from = to;
  }
  return words;
}

TEST(WordCutterTest, TakesTheFewestAndLongestWords) {
  const auto cutter = WordCutter::Parse("长江 5\n大桥 5\n市长 9000\n长江大桥 1\n南京市 3\n", "small.dic");
  ASSERT_TRUE(cutter.ok()) << cutter.status();
  EXPECT_THAT(Cut(*cutter, "南京市长江大桥"), ElementsAre("南京市", "长江大桥"));
  EXPECT_THAT(Cut(*cutter, "市长大桥江"), ElementsAre("市长", "大桥", "江"));
  EXPECT_THAT(Cut(*cutter, ""), ElementsAre());
}

TEST(WordCutterTest, LettersAndDigitsThatFollowEachOtherAreOneWord) {
  const auto cutter = WordCutter::Parse("3G 5\n号码 1\n", "small.dic");
  ASSERT_TRUE(cutter.ok()) << cutter.status();
  EXPECT_THAT(Cut(*cutter, "abc12号码x"), ElementsAre("abc12", "号码", "x"));
  EXPECT_THAT(Cut(*cutter, "a3Gb1"), ElementsAre("a", "3G", "b1"));
  EXPECT_THAT(Cut(*cutter, "ａｂ-c"), ElementsAre("ａ", "ｂ", "-", "c"));
}

TEST(WordCutterTest, NamesALineThatIsNone) {
  for (const char* bad : {"长江 5\n大桥\n", "长江 5\n大桥 x\n", "长江 5\n\n", "长江 5\n大 桥 3\n"}) {
    const absl::Status status = WordCutter::Parse(bad, "small.dic").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << bad;
    EXPECT_THAT(Text(status), HasSubstr("small.dic:2: expected is '<word> <count>'")) << bad;
  }
  EXPECT_FALSE(WordCutter::Parse("", "small.dic").ok());
}

}  // namespace
}  // namespace huidu::task::lexical_analysis
