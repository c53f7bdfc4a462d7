#include "http/pace.h"

#include <gtest/gtest.h>

namespace huidu::http {
namespace {

using std::chrono::seconds;

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;
constexpr PaceLimits kLimits = {.stall = seconds(30), .min_bytes_per_second = kKiB};

// A peer that moves `piece` bytes every `gap`: how long it is borne, at most an hour; its whole time if it gets
// through.
seconds Borne(uint64_t size, uint64_t piece, seconds gap, bool size_known = true) {
  const TimePoint start = TimePoint() + std::chrono::hours(1);
  Pace pace(kLimits, size_known ? size : 0);
  TimePoint now = start;
  for (uint64_t moved = 0; moved < size && now - start < std::chrono::hours(1); moved += piece) {
    const TimePoint deadline = pace.Deadline(now, moved);
    if (deadline < now + gap) return std::chrono::duration_cast<seconds>(deadline - start);
    now += gap;
  }
  return std::chrono::duration_cast<seconds>(now - start);
}

TEST(PaceTest, WithoutAByteThePeerHasTheGraceOnly) {
  EXPECT_EQ(Borne(100, 1, seconds(31)), seconds(30));
  EXPECT_EQ(Borne(250 * kMiB, kMiB, seconds(31)), seconds(30));
}

TEST(PaceTest, ASmallBodyMustKeepTheLeastRate) {
  EXPECT_EQ(Borne(60 * kKiB, 1000, seconds(1)), seconds(62));  // a little below 1 KiB/s, but done before it is too late
  EXPECT_LT(Borne(60 * kKiB, 100, seconds(1)), seconds(35));
}

TEST(PaceTest, AHonestSlowClientGetsThrough) {
  // 2 MB at 64 KB/s, and 32 MiB in a minute.
  EXPECT_EQ(Borne(2'000'000, 64'000, seconds(1)), seconds(32));
  EXPECT_EQ(Borne(32 * kMiB, 32 * kMiB / 60, seconds(1)), seconds(61));
  // However large: 1 MiB/s is enough.
  EXPECT_EQ(Borne(2000 * kMiB, kMiB, seconds(1)), seconds(2000));
}

TEST(PaceTest, ALargeBodyMustBeFaster) {
  // 3 KB in 2.5 s would be 24 hours for 250 MiB.
  EXPECT_LE(Borne(250 * kMiB, 3'600, seconds(3)), seconds(31));
  EXPECT_LT(Borne(250 * kMiB, kMiB / 2, seconds(1)), seconds(61));
  EXPECT_LT(Borne(24 * kMiB, 3'600, seconds(3)), seconds(31));
}

TEST(PaceTest, AReaderThatTakesALittleBeforeEachStallIsNotBorne) {
  EXPECT_LT(Borne(250 * kMiB, 64 * kKiB, seconds(25)), seconds(31));
}

TEST(PaceTest, WithoutAKnownSizeWhatHasMovedCounts) {
  EXPECT_LT(Borne(100 * kMiB, 1100, seconds(1), /*size_known=*/false), seconds(92));
  EXPECT_EQ(Borne(100 * kMiB, kMiB, seconds(1), /*size_known=*/false), seconds(100));
}

TEST(PaceTest, ALargerLeastRateHolds) {
  Pace pace({.stall = seconds(30), .min_bytes_per_second = 10 * kMiB}, 100);
  const TimePoint start = TimePoint() + std::chrono::hours(1);
  EXPECT_EQ(pace.Deadline(start, 0), start + seconds(30));
  EXPECT_EQ(pace.Deadline(start + seconds(29), 20 * kMiB), start + seconds(32));
}

}  // namespace
}  // namespace huidu::http
