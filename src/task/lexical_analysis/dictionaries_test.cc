#include "task/lexical_analysis/dictionaries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "engine/testing/model_fixture.h"

namespace huidu::task::lexical_analysis {
namespace {

using engine::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Pointee;

TEST(VocabularyTest, KnowsWordsAndReadsTheRestAsUnknown) {
  const TemporaryFolder folder;
  const auto vocabulary =
      Vocabulary::Load(folder.Write("word.dic", "0\t \n1\t卡\n2\t银行\n7\tOOV\n3\ta\nno number\n4\t\t\n"),
                       folder.Write("q2b.dic", "Ａ\ta\n銀行\t银行\n"));
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
  EXPECT_EQ(vocabulary->NumberOf("银行"), 2);
  EXPECT_EQ(vocabulary->NumberOf(" "), 0);
  EXPECT_EQ(vocabulary->NumberOf("Ａ"), 3);
  EXPECT_EQ(vocabulary->NumberOf("余额"), 7);
  EXPECT_TRUE(vocabulary->Contains("银行"));
  EXPECT_FALSE(vocabulary->Contains("銀行")) << "whether a word is known is asked before it is normalized";
  EXPECT_EQ(vocabulary->NumberOf("銀行"), 2);
  EXPECT_EQ(vocabulary->highest(), 7);
}

TEST(VocabularyTest, TheLastLineOfAWordCounts) {
  const TemporaryFolder folder;
  const auto vocabulary =
      Vocabulary::Load(folder.Write("word.dic", "1\t卡\n2\t卡\n0\tOOV\n"), folder.Write("q2b.dic", ""));
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
  EXPECT_EQ(vocabulary->NumberOf("卡"), 2);
}

TEST(VocabularyTest, NumbersThatAreNoPlacesInATableAreRefused) {
  const TemporaryFolder folder;
  const std::string normalize = folder.Write("q2b.dic", "");
  for (const char* number : {"-1", "x", "", "99999999999999999999", "100000000"}) {
    const auto status =
        Vocabulary::Load(folder.Write("word.dic", StrCat("0\tOOV\n", number, "\t卡\n")), normalize).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << number;
    EXPECT_THAT(Text(status), HasSubstr("word.dic:2: '")) << number;
  }
}

TEST(VocabularyTest, NeedsTheUnknownWord) {
  const TemporaryFolder folder;
  const auto status = Vocabulary::Load(folder.Write("word.dic", "0\t卡\n"), folder.Write("q2b.dic", "")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Text(status), HasSubstr("word.dic has no line '<number><tab>OOV'"));
}

TEST(TagsTest, TheLastLineOfANumberCounts) {
  const TemporaryFolder folder;
  const auto tags = Tags::Load(folder.Write("tag.dic", "0\tn-B\n2\tO\n0\tPER-B\n"));
  ASSERT_TRUE(tags.ok()) << tags.status();
  EXPECT_THAT(tags->Find(0), Pointee(std::string("PER-B")));
  EXPECT_EQ(tags->Find(1), nullptr);
  EXPECT_THAT(tags->Find(2), Pointee(std::string("O")));
  EXPECT_EQ(tags->Find(3), nullptr);
  EXPECT_EQ(tags->Find(-1), nullptr);
  EXPECT_EQ(tags->highest(), 2);
  EXPECT_FALSE(Tags::Load(folder.Write("empty.dic", "\n")).ok());
}

}  // namespace
}  // namespace huidu::task::lexical_analysis
