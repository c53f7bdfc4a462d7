#include "task/text_classification/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "engine/testing/model_fixture.h"

namespace huidu::task::text_classification {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EncoderTest : public ::testing::Test {
 protected:
  Encoder Load(size_t length, bool normalize = true) {
    const auto encoder = Encoder::Load(folder_.Write("vocabulary.txt", "[PAD]\n[UNK]\n卡\n丢\na\n3\n?\nA\n \n银行\n"),
                                       length, normalize);
    EXPECT_TRUE(encoder.ok()) << encoder.status();
    return *encoder;
  }
  const engine::testing::TemporaryFolder folder_;
};

TEST_F(EncoderTest, GivesEachCharacterItsNumberAndFillsUp) {
  const auto row = Load(6).Encode("卡丢了?");
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_THAT(row->numbers, ElementsAre(2, 3, 1, 6, 0, 0));
  EXPECT_EQ(row->length, 4u);
  EXPECT_EQ(Load(6).tokens(), 10);
}

TEST_F(EncoderTest, ReadsTheFirstCharactersOfALongText) {
  EXPECT_THAT(Load(2).Encode("卡丢aaaa")->numbers, ElementsAre(2, 3));
  EXPECT_EQ(Load(2).Encode("卡丢a\xFF").status().code(), absl::StatusCode::kInvalidArgument) << "all of it is checked";
}

TEST_F(EncoderTest, NormalizesIfItIsToldTo) {
  EXPECT_THAT(Load(5).Encode(" Ａ\u3000３A？")->numbers, ElementsAre(4, 5, 4, 6, 0));
  EXPECT_THAT(Load(5, false).Encode(" A３a")->numbers, ElementsAre(8, 7, 1, 4, 0));
}

TEST_F(EncoderTest, AnEmptyTextIsPadding) {
  const auto row = Load(3).Encode("");
  EXPECT_THAT(row->numbers, ElementsAre(0, 0, 0));
  EXPECT_EQ(row->length, 0u);
}

TEST_F(EncoderTest, RefusesAVocabularyThatIsNone) {
  const auto load = [&](const char* text) { return Encoder::Load(folder_.Write("bad.txt", text), 4, true).status(); };
  EXPECT_THAT(Text(load("[PAD]\n卡\n")), HasSubstr("bad.txt has no line [UNK] among its 2"));
  EXPECT_THAT(Text(load("[UNK]\n卡\n")), HasSubstr("bad.txt has no line [PAD]"));
  EXPECT_THAT(Text(load("[PAD]\n[UNK]\n卡\n卡\n")), HasSubstr("bad.txt:4: '卡' is there twice"));
}

}  // namespace
}  // namespace huidu::task::text_classification
