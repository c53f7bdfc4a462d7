#include "rollout/sequential.h"

#include <gtest/gtest.h>

#include "rollout/testing/traffic.h"

namespace huidu::rollout {
namespace {

constexpr double kAlpha = 0.01;

struct Rates {
  double candidate, stable;
};

// The block in which the test first finds the candidate bad; 0: in none.
int FirstAlarm(Traffic& traffic, const std::vector<Rates>& blocks, uint64_t candidates, uint64_t stables,
               double tolerance) {
  TwoSampleTest test;
  test.Begin(1);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const uint64_t c = traffic.Poisson(static_cast<double>(candidates));
    const uint64_t s = traffic.Poisson(static_cast<double>(stables));
    test.Add({c, traffic.Binomial(c, blocks[i].candidate)}, {s, traffic.Binomial(s, blocks[i].stable)}, tolerance);
    if (test.evidence() >= 1 / kAlpha) return static_cast<int>(i) + 1;
  }
  return 0;
}

int Alarms(const std::vector<Rates>& blocks, uint64_t candidates, uint64_t stables, double tolerance, int runs) {
  int alarms = 0;
  for (int run = 0; run < runs; ++run) {
    Traffic traffic(static_cast<uint64_t>(run) + 1);
    alarms += FirstAlarm(traffic, blocks, candidates, stables, tolerance) > 0;
  }
  return alarms;
}

TEST(TwoSampleTest, KeepsItsPromiseAtEveryLook) {
  // At the very limit, looked at 400 times, at most 1 % of good candidates may be called bad: of 1000 some 10; 20 or
  // more would happen by chance less than once in 200 times.
  for (const double rate : {0.002, 0.05, 0.5}) {
    EXPECT_LT(Alarms(std::vector<Rates>(400, {rate, rate}), 5, 100, 0, 1000), 20) << rate;
    EXPECT_LT(Alarms(std::vector<Rates>(400, {rate + 0.01, rate}), 20, 20, 0.01, 1000), 20) << rate;
  }
}

TEST(TwoSampleTest, DoesNotTakeAnOutageOfBothForTheCandidatesFault) {
  std::vector<Rates> blocks(300, {0.001, 0.001});
  for (size_t i = 100; i < 160; ++i) blocks[i] = {0.4, 0.4};
  EXPECT_LT(Alarms(blocks, 5, 500, 0.001, 500), 12);
  EXPECT_LT(Alarms(blocks, 100, 100, 0.001, 500), 12);
}

TEST(TwoSampleTest, FindsAWorseCandidateWhateverTheShare) {
  for (const auto& [candidates, stables] : std::vector<std::pair<uint64_t, uint64_t>>{{5, 500}, {100, 100}, {90, 10}}) {
    EXPECT_EQ(Alarms(std::vector<Rates>(600, {0.03, 0.001}), candidates, stables, 0.001, 100), 100) << candidates;
  }
}

TEST(TwoSampleTest, FindsACandidateThatTurnsBadLate) {
  std::vector<Rates> blocks(3000, {0.001, 0.001});
  for (size_t i = 2400; i < blocks.size(); ++i) blocks[i].candidate = 0.05;
  Traffic traffic(1);
  const int alarm = FirstAlarm(traffic, blocks, 5, 500, 0.001);
  EXPECT_GT(alarm, 2400);
  EXPECT_LT(alarm, 2500) << "a long good time must not buy a bad one";
}

TEST(TwoSampleTest, SaysNothingWithoutStable) {
  TwoSampleTest test;
  test.Begin(1);
  for (int i = 0; i < 1000; ++i) test.Add({10, 10}, {0, 0}, 0);
  EXPECT_EQ(test.evidence(), 0);
  EXPECT_FALSE(test.compared());
}

TEST(TwoSampleTest, DoesNotDecideByOneBlock) {
  TwoSampleTest test;
  test.Begin(1);
  test.Add({5, 0}, {1000, 1}, 0.001);
  test.Add({500, 400}, {1000, 1}, 0.001);
  EXPECT_LE(test.evidence(), TwoSampleTest::kMaxFactor);
}

TEST(TwoSampleTest, StaysFiniteForExtremeBlocks) {
  TwoSampleTest test;
  test.Begin(1);
  for (int i = 0; i < 200; ++i) {
    test.Add({1'000'000, i % 2 == 0 ? 1'000'000u : 0}, {1'000'000, i % 3 == 0 ? 1'000'000u : 0}, i % 5 * 0.1);
    ASSERT_TRUE(std::isfinite(test.evidence())) << i;
    ASSERT_GE(test.evidence(), 0);
  }
}

TEST(TwoSampleTest, GoesOnAfterItWasSaved) {
  Traffic traffic(3);
  TwoSampleTest test;
  test.Begin(0.5);
  for (int i = 0; i < 200; ++i) {
    const Trials candidate{20, traffic.Binomial(20, 0.05)}, stable{100, traffic.Binomial(100, 0.04)};
    TwoSampleTest other = TwoSampleTest::Restore(test.Save());
    test.Add(candidate, stable, 0.001);
    other.Add(candidate, stable, 0.001);
    ASSERT_EQ(test, other);
  }
}

// Failures in a row until the test finds them, after so many good requests.
int FailuresNeeded(int good_before, int every_nth_is_good = 1'000'000) {
  LimitTest test;
  for (int i = 0; i < good_before; ++i) test.Add({1, 0}, {100, 0}, 0.2);
  for (int i = 1; i <= 1000; ++i) {
    test.Add({1, i % every_nth_is_good == 0 ? 0u : 1u}, {0, 0}, 0.2);
    if (test.evidence() >= 1e4) return i;
  }
  return -1;
}

TEST(LimitTest, SeesAnOutrightFailureWithinTenRequests) {
  EXPECT_EQ(FailuresNeeded(0), 7);
  EXPECT_EQ(FailuresNeeded(1'000'000), 7) << "a long good time changes nothing";
  EXPECT_LE(FailuresNeeded(0, 7), 10) << "one good answer among the failures";
}

TEST(LimitTest, LeavesALowRateToOtherRules) {
  Traffic traffic(1);
  LimitTest test;
  for (int i = 0; i < 1'000'000; ++i) {
    test.Add({1, traffic.Chance(0.05) ? 1u : 0}, {0, 0}, 0.2);
    ASSERT_LT(test.evidence(), 1e4) << i;
  }
}

TEST(LimitTest, DoesNotBlameTheCandidateForAnOutageOfBoth) {
  LimitTest test;
  for (int i = 0; i < 100; ++i) test.Add({5, 5}, {100, 95}, 0.2);
  EXPECT_EQ(test.evidence(), 1);
}

}  // namespace
}  // namespace huidu::rollout
