#include "health/memory_slope.h"

#include <gtest/gtest.h>

#include <random>

namespace huidu::health {
namespace {

using std::chrono::seconds;

// A sample a second: base + growth, changed by `noise` MB at most.
std::vector<GaugeSample> Samples(int count, double mb_per_minute, double noise = 0, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<GaugeSample> samples;
  for (int i = 0; i < count; ++i) {
    const double shake = noise * (static_cast<double>(random() % 2001) / 1000 - 1);
    samples.push_back({seconds(i), 1000 + mb_per_minute * i / 60 + shake});
  }
  return samples;
}

TEST(RobustSlopeTest, MeasuresSteadyGrowth) {
  const auto slope = RobustSlope(Samples(60, 120), seconds(20));
  ASSERT_TRUE(slope);
  EXPECT_NEAR(slope->per_minute, 120, 1e-6);
  EXPECT_NEAR(slope->low, 120, 1e-6);
  EXPECT_EQ(slope->samples, 60u);
}

TEST(RobustSlopeTest, MeasuresGrowthThroughNoise) {
  const auto slope = RobustSlope(Samples(60, 200, 20), seconds(20));
  ASSERT_TRUE(slope);
  EXPECT_NEAR(slope->per_minute, 200, 30);
  EXPECT_GT(slope->low, 100);
  EXPECT_LT(slope->low, slope->per_minute);
  EXPECT_GT(slope->high, slope->per_minute);
}

TEST(RobustSlopeTest, DoesNotTakeNoiseForGrowth) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    const auto slope = RobustSlope(Samples(60, 0, 50, seed), seconds(20));
    ASSERT_TRUE(slope);
    EXPECT_LT(slope->low, 60) << seed;
    EXPECT_LT(std::abs(slope->per_minute), 60) << seed;
  }
}

TEST(RobustSlopeTest, DoesNotTakeAStepForGrowth) {
  for (int at = 5; at < 60; at += 5) {
    auto samples = Samples(60, 0, 1);
    for (int i = at; i < 60; ++i) samples[static_cast<size_t>(i)].value += 2000;
    const auto slope = RobustSlope(samples, seconds(20));
    ASSERT_TRUE(slope);
    EXPECT_LT(slope->low, 20) << "step at " << at;
  }
}

TEST(RobustSlopeTest, DoesNotTakeAnOutlierForGrowth) {
  auto samples = Samples(30, 0);
  samples[29].value = 90'000;
  const auto slope = RobustSlope(samples, seconds(20));
  ASSERT_TRUE(slope);
  EXPECT_EQ(slope->per_minute, 0);
}

TEST(RobustSlopeTest, SeesThatMemoryIsGivenBack) {
  const auto slope = RobustSlope(Samples(60, -300, 10), seconds(20));
  ASSERT_TRUE(slope);
  EXPECT_LT(slope->high, -200);
}

TEST(RobustSlopeTest, SaysNothingFromFewSamplesOrAShortTime) {
  EXPECT_FALSE(RobustSlope({}, seconds(0)));
  EXPECT_FALSE(RobustSlope(Samples(7, 500), seconds(1)));
  EXPECT_FALSE(RobustSlope(Samples(20, 500), seconds(20)));
  EXPECT_TRUE(RobustSlope(Samples(21, 500), seconds(20)));
}

TEST(RobustSlopeTest, TakesSomeOfVeryManySamples) {
  const auto slope = RobustSlope(Samples(3600, 33), seconds(20));
  ASSERT_TRUE(slope);
  EXPECT_NEAR(slope->per_minute, 33, 1e-6);
  EXPECT_EQ(slope->samples, 3600u);
}

TEST(RobustSlopeTest, SaysNothingIfTimeStoodStill) {
  std::vector<GaugeSample> samples(20, GaugeSample{seconds(5), 7});
  EXPECT_FALSE(RobustSlope(samples, seconds(0)));
}

}  // namespace
}  // namespace huidu::health
