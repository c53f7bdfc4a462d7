#include "task/lexical_analysis/user_dictionary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "task/text/utf8.h"

namespace huidu::task::lexical_analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Tags = std::vector<std::string>;

Tags Apply(std::string_view dictionary, std::string_view text, Tags tags) {
  const auto parsed = UserDictionary::Parse(dictionary, "user.txt");
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  parsed->Apply(text::Decode(text, 1000)->characters, tags);
  return tags;
}

TEST(UserDictionaryTest, AWordWithAKindReplacesTheTags) {
  EXPECT_EQ(Apply("银行卡/CARD\n", "查银行卡号", {"v-B", "n-B", "n-I", "n-I", "n-I"}),
            (Tags{"v-B", "CARD-B", "CARD-I", "CARD-I", "n-B"}));
}

TEST(UserDictionaryTest, AWordWithoutAKindKeepsTheNetworks) {
  EXPECT_EQ(Apply("银行卡\n", "银行卡", {"n-B", "n-I", "v-B"}), (Tags{"n-B", "n-I", "v-I"}));
}

TEST(UserDictionaryTest, APhraseIsCutWhereItsLineIs) {
  EXPECT_EQ(Apply("查询/v 发票/n 吗\n", "查询发票吗？", {"n-B", "n-I", "n-I", "n-I", "n-I", "w-B"}),
            (Tags{"v-B", "v-I", "n-B", "n-I", "n-B", "w-B"}));
}

TEST(UserDictionaryTest, APhraseThatEndsNoFurtherThanTheLastDoesNotCount) {
  EXPECT_EQ(Apply("甲乙/x\n甲乙丙/y\n乙丙/z\n丙丁/w\n", "甲乙丙丁", {"n-B", "n-I", "n-I", "n-I"}),
            (Tags{"y-B", "y-I", "w-B", "w-I"}));
}

TEST(UserDictionaryTest, SingleCharactersNeedAKindAndTheLastLineCounts) {
  EXPECT_EQ(Apply("我\n\n你/r\n你/x\n", "我你", {"n-B", "n-I"}), (Tags{"n-B", "x-B"}));
}

TEST(UserDictionaryTest, OnlyTheLastSlashSplitsAndNotTheFirstCharacter) {
  EXPECT_EQ(Apply("/n\na/b/c\n", "/na/b", {"w-B", "w-I", "w-I", "w-I", "w-I"}),
            (Tags{"w-B", "w-I", "c-B", "c-I", "c-I"}));
}

TEST(UserDictionaryTest, KindsMayBeInChinese) {
  EXPECT_EQ(Apply("大桥/桥梁\n大桥好\n", "大桥好", {"n-B", "n-I", "a-B"}), (Tags{"桥梁-B", "桥梁-I", "a-I"}));
}

TEST(UserDictionaryTest, ATagWithoutAPlaceBecomesOne) {
  std::string tag = "桥";
  SetPlace(tag, 'B');
  EXPECT_EQ(tag, "B");
  tag = "";
  SetPlace(tag, 'I');
  EXPECT_EQ(tag, "I");
}

TEST(UserDictionaryTest, RefusesAPhraseWithoutEnd) {
  std::string line = "甲/x\n";
  for (int i = 0; i < 600; ++i) line += "甲乙 ";
  const absl::Status status = UserDictionary::Parse(line, "user.txt").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Text(status), HasSubstr("user.txt:2: a phrase of more than 1000 characters"));
}

}  // namespace
}  // namespace huidu::task::lexical_analysis
