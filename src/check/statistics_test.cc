#include "check/statistics.h"

#include <gtest/gtest.h>

namespace huidu::check {
namespace {

std::vector<Weighted> Ones(int right, int wrong) {
  std::vector<Weighted> values(static_cast<size_t>(right), {1, 1});
  values.resize(static_cast<size_t>(right + wrong), {0, 1});
  return values;
}

// Wilson's bounds as textbooks have them.
TEST(StatisticsTest, RightAndWrongHaveWilsonsBounds) {
  const Estimate most = Mean(Ones(90, 10));
  EXPECT_DOUBLE_EQ(most.value, 0.9);
  EXPECT_NEAR(most.low, 0.8256, 1e-4);
  EXPECT_NEAR(most.high, 0.9448, 1e-4);
  const Estimate all = Mean(Ones(10, 0));
  EXPECT_EQ(all.value, 1);
  EXPECT_NEAR(all.low, 0.7225, 1e-4);
  EXPECT_NEAR(all.high, 1, 1e-12);
}

TEST(StatisticsTest, WeightsCountAsFewerSamples) {
  std::vector<Weighted> values = Ones(50, 50);
  for (size_t i = 0; i < 50; ++i) values[i].weight = 3;
  const Estimate weighted = Mean(values);
  EXPECT_DOUBLE_EQ(weighted.value, 0.75);
  EXPECT_EQ(weighted.samples, 100u);
  EXPECT_GT(weighted.high - weighted.low, Mean(Ones(75, 25)).high - Mean(Ones(75, 25)).low);
}

TEST(StatisticsTest, SharesHaveTheNormalDistributionsBounds) {
  std::vector<Weighted> values;
  for (int i = 0; i < 100; ++i) values.push_back({i % 2 == 0 ? 0.5 : 0.9, 1});
  const Estimate estimate = Mean(values);
  EXPECT_NEAR(estimate.value, 0.7, 1e-12);
  EXPECT_NEAR(estimate.high - estimate.value, 1.96 * 0.2 / 10, 1e-3);
}

TEST(StatisticsTest, OneSampleKnowsNothing) {
  const Estimate one = Mean({{0.5, 1}});
  EXPECT_EQ(one.low, 0);
  EXPECT_EQ(one.high, 1);
  EXPECT_EQ(Mean({}).samples, 0u);
}

TEST(StatisticsTest, PairsThatAreTheSameDifferByNothing) {
  const Estimate same = MeanDifference({{0, 1}, {0, 1}, {0, 1}});
  EXPECT_EQ(same.value, 0);
  EXPECT_EQ(same.high, 0);
  EXPECT_NEAR(MeanDifference({{-1, 1}, {0, 1}}).value, -0.5, 1e-12);
}

}  // namespace
}  // namespace huidu::check
