#include "cli/infer/ctc.h"

#include <gtest/gtest.h>

namespace huidu::cli {
namespace {

// One row of probabilities a step, with 0.9 for the best class and nothing for the others.
std::vector<float> Steps(const std::vector<size_t>& best, size_t classes) {
  std::vector<float> rows(best.size() * classes, 0.0f);
  for (size_t i = 0; i < best.size(); ++i) rows[i * classes + best[i]] = 0.9f;
  return rows;
}

const Labels kLabels = ParseLabels("灰\r\n度\na\n");

TEST(CtcTest, ReadsOneCharacterALine) {
  EXPECT_EQ(kLabels.characters, (std::vector<std::string>{"灰", "度", "a"}));
  EXPECT_EQ(ParseLabels("a\n\nb").characters.size(), 3u);
}

TEST(CtcTest, DropsBlanksAndRepetitions) {
  const auto text = DecodeCtc(Steps({0, 1, 1, 0, 1, 2, 2, 0}, 4), 8, 4, kLabels);
  EXPECT_EQ(text.text, "灰灰度");
  EXPECT_FLOAT_EQ(text.confidence, 0.9f);
}

TEST(CtcTest, ReadsTheClassAfterTheLastCharacterAsASpace) {
  EXPECT_EQ(DecodeCtc(Steps({3, 4, 3}, 5), 3, 5, kLabels).text, "a a");
}

TEST(CtcTest, GivesNothingForBlanksAlone) {
  const auto text = DecodeCtc(Steps({0, 0}, 4), 2, 4, kLabels);
  EXPECT_EQ(text.text, "");
  EXPECT_EQ(text.confidence, 0.0f);
}

TEST(CtcTest, StopsWhereTheDataEnd) {
  EXPECT_EQ(DecodeCtc(Steps({1, 2}, 4), 100, 4, kLabels).text, "灰度");
  EXPECT_EQ(DecodeCtc({}, 3, 0, kLabels).text, "");
}

}  // namespace
}  // namespace huidu::cli
