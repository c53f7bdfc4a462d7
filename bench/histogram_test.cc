#include "bench/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace huidu::bench {
namespace {

TEST(HistogramTest, KnowsSmallValuesExactly) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 100; ++value) histogram.Add(value);
  EXPECT_EQ(histogram.Quantile(0.5), 50);
  EXPECT_EQ(histogram.Quantile(0.99), 99);
  EXPECT_EQ(histogram.Quantile(1.0), 100);
  EXPECT_DOUBLE_EQ(histogram.Mean(), 50.5);
}

TEST(HistogramTest, IsWithinOnePercentOfTheSortedValuesAtEverySize) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> spread(13.0, 3.0);  // microseconds to minutes
  Histogram histogram;
  std::vector<uint64_t> values(20'000);
  for (uint64_t& value : values) {
    value = static_cast<uint64_t>(spread(random));
    histogram.Add(value);
  }
  std::sort(values.begin(), values.end());
  for (const double quantile : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = static_cast<double>(values[static_cast<size_t>(quantile * 20'000) - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.Quantile(quantile)), exact, exact * 0.01) << quantile;
  }
  EXPECT_EQ(histogram.max(), values.back());
}

TEST(HistogramTest, NeverReportsMoreThanTheLargestValue) {
  Histogram histogram;
  histogram.Add(1'000'001);
  EXPECT_LE(histogram.Quantile(0.5), 1'000'001u);
  EXPECT_GE(histogram.Quantile(0.5), 990'000u);
}

TEST(HistogramTest, TakesValuesBeyondItsRange) {
  Histogram histogram;
  histogram.Add(UINT64_MAX);
  EXPECT_GT(histogram.Quantile(0.5), uint64_t{1} << 41);
}

TEST(HistogramTest, OfNothingIsZero) { EXPECT_EQ(Histogram().Quantile(0.99), 0u); }

TEST(HistogramTest, MergesAsIfOneHadSeenAll) {
  Histogram one, two;
  for (int i = 0; i < 99; ++i) one.Add(10);
  two.Add(100);
  one.Merge(two);
  EXPECT_EQ(one.count(), 100u);
  EXPECT_EQ(one.Quantile(0.99), 10u);
  EXPECT_EQ(one.Quantile(1.0), 100u);
}

}  // namespace
}  // namespace huidu::bench
