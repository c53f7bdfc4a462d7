#include "front/samples/rate_limit.h"

#include <gtest/gtest.h>

namespace huidu::front {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimitTest, NoMinuteHasMoreThanItsPlaces) {
  RateLimit limit(3);
  const TimePoint start{};  // also the clock's first moment is one
  EXPECT_TRUE(limit.Take(start));
  EXPECT_TRUE(limit.Take(start + seconds(30)));
  EXPECT_TRUE(limit.Take(start + seconds(59)));
  EXPECT_FALSE(limit.Take(start + seconds(59)));
  EXPECT_FALSE(limit.Take(start + milliseconds(59'999)));
  EXPECT_TRUE(limit.Take(start + seconds(60))) << "the first one's minute is over";
  EXPECT_FALSE(limit.Take(start + seconds(89)));
  EXPECT_TRUE(limit.Take(start + seconds(90)));
}

}  // namespace
}  // namespace huidu::front
