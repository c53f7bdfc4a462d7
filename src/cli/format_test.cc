#include "cli/format.h"

#include <gtest/gtest.h>

namespace huidu::cli {
namespace {

TEST(FormatTest, WritesBytesInTheUnitThatFits) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(38 << 20), "38 MiB");
  EXPECT_EQ(FormatBytes(uint64_t{3} << 29), "1.5 GiB");
  EXPECT_EQ(FormatBytes(uint64_t{200} << 30), "200 GiB");
}

TEST(FormatTest, WritesDurationsInTwoUnits) {
  EXPECT_EQ(FormatDuration(45.9), "45 s");
  EXPECT_EQ(FormatDuration(200), "3 min 20 s");
  EXPECT_EQ(FormatDuration(5 * 3600 + 600), "5 h 10 min");
  EXPECT_EQ(FormatDuration(12 * 86400 + 3 * 3600), "12 d 3 h");
}

TEST(FormatTest, WritesMillisecondsWithThreeDigits) {
  EXPECT_EQ(FormatMilliseconds(0.181), "0.18");
  EXPECT_EQ(FormatMilliseconds(21.44), "21.4");
  EXPECT_EQ(FormatMilliseconds(349.6), "350");
}

}  // namespace
}  // namespace huidu::cli
