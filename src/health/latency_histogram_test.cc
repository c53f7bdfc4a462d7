#include "health/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace huidu::health {
namespace {

TEST(LatencyHistogramTest, KnowsEveryDurationToOnePercent) {
  for (double ns = LatencyHistogram::kMinNs; ns <= LatencyHistogram::kMaxNs; ns *= 1.0037) {
    LatencyHistogram histogram;
    histogram.Record(static_cast<uint64_t>(ns));
    EXPECT_NEAR(histogram.QuantileNs(0.5) / ns, 1, 0.01) << ns;
  }
}

TEST(LatencyHistogramTest, HoldsDurationsBeyondItsRangeAtItsEnds) {
  EXPECT_EQ(LatencyHistogram::BucketOf(0), LatencyHistogram::BucketOf(LatencyHistogram::kMinNs));
  EXPECT_EQ(LatencyHistogram::BucketOf(UINT64_MAX), LatencyHistogram::BucketOf(LatencyHistogram::kMaxNs));
  EXPECT_LT(LatencyHistogram::BucketOf(UINT64_MAX), LatencyHistogram::kBuckets);
}

TEST(LatencyHistogramTest, RisesFromBucketToBucket) {
  size_t last = LatencyHistogram::BucketOf(LatencyHistogram::kMinNs);
  for (uint64_t ns = LatencyHistogram::kMinNs; ns < 1'000'000; ns += 3) {
    const size_t bucket = LatencyHistogram::BucketOf(ns);
    ASSERT_TRUE(bucket == last || bucket == last + 1) << ns;
    last = bucket;
  }
}

TEST(LatencyHistogramTest, GivesTheQuantilesOfManyDurations) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> distribution(std::log(20e6), 0.8);
  std::vector<double> all;
  LatencyHistogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(distribution(random));
    histogram.Record(static_cast<uint64_t>(all.back()));
  }
  std::sort(all.begin(), all.end());
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    const double exact = all[static_cast<size_t>(std::ceil(q * static_cast<double>(all.size()))) - 1];
    EXPECT_NEAR(histogram.QuantileNs(q) / exact, 1, 0.01) << q;
  }
}

TEST(LatencyHistogramTest, IsTheSameMergedInAnyWay) {
  LatencyHistogram a, b, all;
  for (uint64_t i = 1; i <= 500; ++i) {
    (i % 3 == 0 ? a : b).Record(i * i * 1000, i);
    all.Record(i * i * 1000, i);
  }
  LatencyHistogram merged = b;
  merged.Merge(a);
  EXPECT_EQ(merged, all);
  EXPECT_EQ(LatencyHistogram::Sum({&a, &b}), all);
  EXPECT_EQ(LatencyHistogram::Sum({}), LatencyHistogram());
}

TEST(LatencyHistogramTest, CountsWhatIsAboveABucket) {
  LatencyHistogram histogram;
  histogram.Record(1'000'000, 7);
  histogram.Record(2'000'000, 5);
  histogram.Record(9'000'000, 1);
  EXPECT_EQ(histogram.CountAbove(LatencyHistogram::BucketOf(1'000'000)), 6u);
  EXPECT_EQ(histogram.CountAbove(LatencyHistogram::BucketOf(9'000'000)), 0u);
  EXPECT_EQ(histogram.CountAbove(0), 13u);
}

TEST(LatencyHistogramTest, ComesBackFromItsEntries) {
  LatencyHistogram histogram;
  for (uint64_t i = 1; i < 100; ++i) histogram.Record(i * 77'777, i);
  const auto back = LatencyHistogram::FromEntries(histogram.entries());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, histogram);
}

TEST(LatencyHistogramTest, RefusesEntriesThatNoHistogramHas) {
  EXPECT_FALSE(LatencyHistogram::FromEntries({{3, 1}, {3, 1}}).ok());
  EXPECT_FALSE(LatencyHistogram::FromEntries({{5, 1}, {3, 1}}).ok());
  EXPECT_FALSE(LatencyHistogram::FromEntries({{5, 0}}).ok());
  EXPECT_FALSE(LatencyHistogram::FromEntries({{LatencyHistogram::kBuckets, 1}}).ok());
}

TEST(LatencyHistogramTest, IsZeroWhileEmpty) {
  EXPECT_EQ(LatencyHistogram().QuantileNs(0.99), 0);
  EXPECT_EQ(LatencyHistogram().CountAbove(0), 0u);
}

}  // namespace
}  // namespace huidu::health
