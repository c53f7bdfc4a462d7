#include "front/shadow/edit_distance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace huidu::front {
namespace {

constexpr size_t kNoLimit = 1'000'000;

size_t Distance(std::string_view a, std::string_view b, size_t limit = kNoLimit, size_t budget = kNoLimit) {
  return EditDistance(CodePoints(a), CodePoints(b), limit, budget);
}

// The whole table, as in a textbook.
size_t SlowDistance(std::u32string_view a, std::u32string_view b) {
  std::vector<std::vector<size_t>> table(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
      } else {
        const size_t replaced = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
        table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, replaced});
      }
    }
  }
  return table[a.size()][b.size()];
}

TEST(CodePointsTest, DecodesEveryLengthOfUtf8) {
  EXPECT_EQ(CodePoints("a\u00e9\u7070\U0001F600"), U"a\u00e9\u7070\U0001F600");
  EXPECT_EQ(CodePoints(std::string_view("\0x", 2)), std::u32string_view(U"\0x", 2));
}

TEST(CodePointsTest, EveryStrayByteIsAnElementOfItsOwn) {
  for (const std::string_view stray :
       {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5", "\xFF", "\xE7\x81", "\xC3"}) {
    const std::u32string points = CodePoints(stray);
    ASSERT_EQ(points.size(), stray.size());
    for (size_t i = 0; i < stray.size(); ++i) EXPECT_EQ(points[i], 0x110000 + static_cast<uint8_t>(stray[i]));
  }
  EXPECT_EQ(CodePoints("\xE7(a"), (std::u32string{0x1100E7, U'(', U'a'}));
}

TEST(EditDistanceTest, CountsCodePointsAndNotBytes) {
  EXPECT_EQ(Distance("kitten", "sitting"), 3u);
  EXPECT_EQ(Distance("灰度发布", "灰度回滚"), 2u);
  EXPECT_EQ(Distance("灰", ""), 1u);
  EXPECT_EQ(Distance("", ""), 0u);
  EXPECT_EQ(Distance("same", "same"), 0u);
}

TEST(EditDistanceTest, MoreThanTheLimitIsTheLimitAndOne) {
  EXPECT_EQ(Distance("kitten", "sitting", 3), 3u);
  EXPECT_EQ(Distance("kitten", "sitting", 2), 3u);
  EXPECT_EQ(Distance("kitten", "sitting", 0), 1u);
  EXPECT_EQ(Distance("a", "abcdef", 4), 5u);
}

TEST(EditDistanceTest, IsThatOfTheWholeTableWithinEveryLimit) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::u32string a(random() % 12, U' '), b(random() % 12, U' ');
    for (std::u32string* text : {&a, &b}) {
      for (char32_t& point : *text) point = U'a' + random() % 3;
    }
    const size_t limit = random() % 14;
    size_t budget = kNoLimit;
    const size_t expected = std::min(SlowDistance(a, b), limit + 1);
    ASSERT_EQ(EditDistance(a, b, limit, budget), expected) << "round " << round << ", limit " << limit;
  }
}

TEST(EditDistanceTest, WithoutABudgetItFindsAtLeastAsManyDifferences) {
  EXPECT_EQ(Distance("abcdef", "bcdefa"), 2u);
  EXPECT_EQ(Distance("abcdef", "bcdefa", kNoLimit, 10), 6u);
  EXPECT_EQ(Distance("xabx", "xcbbx", kNoLimit, 0), 2u) << "what is the same at both ends costs nothing";
}

TEST(EditDistanceTest, TheBudgetIsSpentOnWorkAlone) {
  size_t budget = 100;
  EXPECT_EQ(EditDistance(U"the same", U"the same", 5, budget), 0u);
  EXPECT_EQ(budget, 100u);
  EXPECT_EQ(EditDistance(U"abcd", U"wxyz", 5, budget), 4u);
  EXPECT_EQ(budget, 84u);
}

}  // namespace
}  // namespace huidu::front
