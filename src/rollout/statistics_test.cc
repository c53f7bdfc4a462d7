// How often the default rules are right, on fewer rollouts than docs/reference/rollout-rules.md tells of; the table
// there comes from huidu-bench-rollout.

#include "rollout/testing/statistics.h"

#include <gtest/gtest.h>

namespace huidu::rollout {
namespace {

constexpr uint64_t kSeed = 20;

TEST(StatisticsTest, RollsBackHardlyAnyGoodCandidate) {
  const Load load{.requests_per_second = 500, .candidate_share = 0.01, .minutes = 10};
  const Outcome outcome = Simulate(Scenarios().front(), load, 400, kSeed);
  EXPECT_LE(outcome.rolled_back, 4u) << outcome.deciding_rule;
}

TEST(StatisticsTest, RollsBackHardlyAnyGoodCandidateWithHalfOfTheTraffic) {
  const Load load{.requests_per_second = 100, .candidate_share = 0.5, .minutes = 10};
  const Outcome outcome = Simulate(Scenarios().front(), load, 300, kSeed);
  EXPECT_LE(outcome.rolled_back, 3u) << outcome.deciding_rule;
}

TEST(StatisticsTest, FindsEachKindOfBadCandidate) {
  for (const Scenario& scenario : Scenarios()) {
    if (scenario.good) continue;
    const Outcome outcome = Simulate(scenario, Load{}, 100, kSeed);
    EXPECT_GE(outcome.rolled_back, 99u) << scenario.name;
  }
}

TEST(StatisticsTest, IsTheSameForTheSameSeed) {
  const Scenario bad = Scenarios()[1];
  const Outcome a = Simulate(bad, Load{}, 20, 5), b = Simulate(bad, Load{}, 20, 5), c = Simulate(bad, Load{}, 20, 6);
  EXPECT_EQ(a.median_requests, b.median_requests);
  EXPECT_NE(a.median_requests, c.median_requests);
}

}  // namespace
}  // namespace huidu::rollout
