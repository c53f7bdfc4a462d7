#include "state/since.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace huidu::state {
namespace {

using SystemTime = std::chrono::system_clock::time_point;

// 2026-11-22T12:00:00Z
const SystemTime kNow{std::chrono::seconds(1795348800)};

std::string At(std::string_view text) {
  const auto time = ParseSince(text, kNow);
  return time.ok() ? UtcTimestamp(*time) : std::string(time.status().message());
}

TEST(SinceTest, CountsDurationsBackFromNow) {
  EXPECT_EQ(At("45s"), "2026-11-22T11:59:15.000Z");
  EXPECT_EQ(At("30m"), "2026-11-22T11:30:00.000Z");
  EXPECT_EQ(At("1h"), "2026-11-22T11:00:00.000Z");
  EXPECT_EQ(At("7d"), "2026-11-15T12:00:00.000Z");
  EXPECT_EQ(At("2w"), "2026-11-08T12:00:00.000Z");
}

TEST(SinceTest, ReadsCalendarTimesInAnyTimeZone) {
  EXPECT_EQ(At("2026-11-22T03:00:00Z"), "2026-11-22T03:00:00.000Z");
  EXPECT_EQ(At("2026-11-22T11:00:00.250+08:00"), "2026-11-22T03:00:00.250Z");
  EXPECT_EQ(At("2026-11-22"), "2026-11-22T00:00:00.000Z");
}

TEST(SinceTest, TakesEmptyAsTheBeginning) { EXPECT_EQ(*ParseSince("", kNow), SystemTime{}); }

TEST(SinceTest, ReachesAtMostACenturyBackForHugeNumbers) {
  EXPECT_EQ(ParseSince("9000000000000000000w", kNow), ParseSince("36600d", kNow));
}

TEST(SinceTest, RefusesOtherTextWithExamples) {
  for (const char* text : {"yesterday", "infinite-past", "-1h", "1.5h", "h", "5", "5y", "2026-13-01",
                           "99999999999999999999h", "2026-11-22T25:00:00Z"}) {
    const auto refused = ParseSince(text, kNow);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_NE(refused.status().message().find("30m, 1h or 7d"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace huidu::state
