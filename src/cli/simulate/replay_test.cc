#include "cli/simulate/replay.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using rollout::EventKind;
using rollout::Phase;
using testing::HasSubstr;

rollout::Policy OneStage() {
  rollout::Policy policy;
  policy.candidate = "v2";
  policy.rules = rollout::DefaultRules();
  policy.stages = {{.name = "half", .share = 5000, .min_duration = std::chrono::seconds(60)}};
  policy.bake_time = std::chrono::seconds(30);
  return policy;
}

// So many seconds with 100 requests of each version.
Trace Good(int seconds, int step = 1) {
  Trace trace;
  for (int at = step; at <= seconds; at += step) {
    TraceRow row{.seconds = 1000.0 + at};
    row.stable.requests = row.candidate.requests = 100;
    row.stable.latency.Record(20'000'000, 100);
    row.candidate.latency = row.stable.latency;
    trace.rows.push_back(row);
  }
  trace.step = std::chrono::seconds(step);
  return trace;
}

TEST(ReplayTest, SaysWhenItWouldHavePromoted) {
  const auto replay = RunReplay(OneStage(), Good(300), true);
  ASSERT_TRUE(replay.ok()) << replay.status();
  EXPECT_EQ(replay->last.phase, Phase::kFinished);
  ASSERT_EQ(replay->events.size(), 4u);
  EXPECT_EQ(replay->events[2].event.kind, EventKind::kPromoted);
  EXPECT_EQ(replay->events[2].seconds, 1061);
  EXPECT_EQ(replay->events[3].seconds, 1091);
  EXPECT_EQ(replay->points.back().seconds, 1091) << "it stops where the rollout ended";
}

TEST(ReplayTest, SaysWhenItWouldHaveRolledBack) {
  Trace trace = Good(300);
  for (size_t i = 30; i < trace.rows.size(); ++i) trace.rows[i].candidate.server_errors = 100;
  const auto replay = RunReplay(OneStage(), trace, true);
  ASSERT_TRUE(replay.ok()) << replay.status();
  EXPECT_EQ(replay->last.phase, Phase::kRolledBack);
  EXPECT_EQ(replay->events.back().seconds, 1031);
  ASSERT_TRUE(replay->outcome);
  EXPECT_EQ(replay->outcome->rule->rule, "outright_failure");
  EXPECT_EQ(replay->points.back().route, rollout::Route{});
}

TEST(ReplayTest, HasNoOutcomeIfTheTraceEndsFirst) {
  const auto replay = RunReplay(OneStage(), Good(30), true);
  ASSERT_TRUE(replay.ok()) << replay.status();
  EXPECT_FALSE(replay->outcome);
  EXPECT_EQ(replay->last.stage, "half");
  EXPECT_THAT(replay->last.waiting_for, testing::ElementsAre("time: 29 s of 1 min"));
}

TEST(ReplayTest, ApprovesOnlyIfAsked) {
  rollout::Policy policy = OneStage();
  policy.start_gates = {"regression"};
  policy.stages[0].wait_for_approval = true;
  policy.stages[0].require_check.emplace();
  const auto approved = RunReplay(policy, Good(300), true), waiting = RunReplay(policy, Good(300), false);
  ASSERT_TRUE(approved.ok() && waiting.ok());
  EXPECT_EQ(approved->last.phase, Phase::kFinished);
  EXPECT_EQ(waiting->last.phase, Phase::kWaiting);
}

TEST(ReplayTest, WantsRowsAsOftenAsThePolicySamples) {
  const auto replay = RunReplay(OneStage(), Good(300, 10), true);
  ASSERT_FALSE(replay.ok());
  EXPECT_THAT(std::string(Text(replay.status())), HasSubstr("sampling_period is 1s: set it to 10s"));
}

TEST(ReplayTest, KeepsALongTraceSmall) {
  rollout::Policy policy = OneStage();
  policy.stages[0].min_duration = std::chrono::hours(10);
  const auto replay = RunReplay(policy, Good(20'000), true);
  ASSERT_TRUE(replay.ok());
  EXPECT_LE(replay->points.size(), kMaxReplayPoints + 1);
  EXPECT_EQ(replay->points.back().seconds, 21'000);
}

}  // namespace
}  // namespace huidu::cli
