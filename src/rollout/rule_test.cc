#include "rollout/rule.h"

#include <gtest/gtest.h>

#include "gmock/gmock.h"
#include "rollout/engine_fixture.h"

namespace huidu::rollout {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;
using health::Metric;

// A rollout at 1 % with this rule alone.
Drive With(Rule rule, Baselines baselines = {}) {
  Policy policy = ThreeStages({std::move(rule)});
  policy.stages = {{.name = "1 %", .share = 100, .min_duration = 24h, .max_duration = 48h}};
  policy.memory_warm_up = Span(0);
  Drive drive(policy, std::move(baselines));
  drive.Step(1s);
  return drive;
}

Rule Default(std::string_view name) {
  for (const Rule& rule : DefaultRules()) {
    if (rule.name == name) return rule;
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(RuleTest, LatencyP99FiresAboveHalfASecondOverAMinute) {
  Drive drive = With(Default("latency_p99"));
  drive.candidate = Answers(10, 0, 490'000'000);
  drive.Run(10min);
  EXPECT_EQ(drive.rule("latency_p99").verdict, Verdict::kGood);
  EXPECT_NEAR(*drive.rule("latency_p99").headroom, 0.02, 0.02);
  drive.candidate = Answers(10, 0, 520'000'000);
  drive.Run(10s);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
}

TEST(RuleTest, LatencyP99SaysNothingFromAFewRequests) {
  Drive drive = With(Default("latency_p99"));
  drive.candidate = Answers(1, 0, 900'000'000);
  drive.Run(1h);
  EXPECT_EQ(drive.phase(), Phase::kRunning);
  EXPECT_EQ(drive.rule("latency_p99").verdict, Verdict::kNotEnoughYet);
  EXPECT_THAT(drive.rule("latency_p99").text, HasSubstr("needs 100 samples"));
}

TEST(RuleTest, ErrorRateWantsThreePeriodsInARow) {
  Drive drive = With(Default("error_rate"));
  for (int i = 0; i < 20; ++i) {  // two bad ones, one good one
    drive.candidate = Answers(100, i % 3 == 0 ? 0 : 10);
    drive.Step(1s);
  }
  ASSERT_EQ(drive.phase(), Phase::kRunning);
  drive.candidate = Answers(100, 10);
  drive.Run(3s);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
}

TEST(RuleTest, ErrorRateJoinsPeriodsWithFewRequests) {
  Drive drive = With(Default("error_rate"));
  drive.candidate = Answers(10, 1);
  drive.Run(28s);
  EXPECT_EQ(drive.phase(), Phase::kRunning);
  EXPECT_EQ(drive.rule("error_rate").bad_in_a_row, 2u);
  EXPECT_EQ(drive.rule("error_rate").verdict, Verdict::kNotEnoughYet) << "neither good nor yet bad";
  drive.Run(3s);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
  EXPECT_EQ(drive.state().outcome->rule->candidate->samples, 100u);
}

TEST(RuleTest, ErrorRateNeverCountsClientErrors) {
  Drive drive = With(Default("error_rate"));
  drive.candidate = {.requests = 1000, .client_errors = 1000};
  drive.Run(1min);
  EXPECT_EQ(drive.phase(), Phase::kRunning);
}

TEST(RuleTest, MemoryGrowthFiresAbove100MegabytesAMinute) {
  for (const auto& [growth, phase] :
       std::vector<std::pair<double, Phase>>{{90, Phase::kRunning}, {120, Phase::kRolledBack}}) {
    Drive drive = With(Default("memory_growth"));
    drive.candidate.memory_mb = 1000;
    for (int i = 0; i < 120; ++i) {
      *drive.candidate.memory_mb += growth / 60;
      drive.Step(1s);
    }
    EXPECT_EQ(drive.phase(), phase) << growth;
  }
}

TEST(RuleTest, AccuracyFiresFivePointsBelowTheBaseline) {
  const Baselines baselines = {{Metric::kAccuracy, {.value = 0.95, .samples = 10'000, .low = 0.95, .high = 0.95}}};
  Drive good = With(Default("accuracy"), baselines), bad = With(Default("accuracy"), baselines);
  good.candidate.labelled = bad.candidate.labelled = 100;
  good.candidate.correct = 91;
  bad.candidate.correct = 89;
  EXPECT_EQ(good.Run(1min).phase, Phase::kRunning);
  EXPECT_EQ(bad.Run(1min).phase, Phase::kRolledBack);
  EXPECT_NEAR(*bad.state().outcome->rule->limit, 0.9, 1e-9);
}

TEST(RuleTest, AccuracyComparesWithStableWhereThereIsNoBaseline) {
  Drive drive = With(Default("accuracy"));
  drive.candidate.labelled = 100;
  drive.candidate.correct = 80;
  drive.Run(1min);
  EXPECT_EQ(drive.rule("accuracy").verdict, Verdict::kNotEnoughYet);
  EXPECT_THAT(drive.rule("accuracy").text, HasSubstr("stable has no data"));
  drive.stable.labelled = 100;
  drive.stable.correct = 90;
  drive.Run(1min);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
}

TEST(RuleTest, WithoutStableTrafficTheBaselineOfBeforeIsComparedWith) {
  const Rule rule{.name = "slower",
                  .metric = Metric::kLatencyP99Ms,
                  .test = rollout::Test::kRelative,
                  .limit = 1.5,
                  .comparison = Comparison::kFactor,
                  .min_samples = 200};
  const Baselines baselines = {{Metric::kLatencyP99Ms, {.value = 20, .samples = 10'000, .low = 20, .high = 20}}};
  for (const auto& [latency_ms, phase] :
       std::vector<std::pair<uint64_t, Phase>>{{28, Phase::kRunning}, {32, Phase::kRolledBack}}) {
    Drive drive = With(rule, baselines);
    drive.stable = {};
    drive.candidate = Answers(10, 0, latency_ms * 1'000'000);
    drive.Run(1min);
    EXPECT_EQ(drive.phase(), phase) << latency_ms;
    EXPECT_EQ(drive.rule("slower").stable->value, 20);
  }
}

TEST(RuleTest, StableOfTheSameTimeGoesBeforeABaselineOfAnotherHour) {
  const Rule rule{.name = "slower",
                  .metric = Metric::kLatencyP99Ms,
                  .test = rollout::Test::kRelative,
                  .limit = 1.5,
                  .comparison = Comparison::kFactor,
                  .min_samples = 50};
  Drive drive = With(rule, {{Metric::kLatencyP99Ms, {.value = 20, .samples = 10'000, .low = 20, .high = 20}}});
  drive.stable = Answers(100, 0, 60'000'000);
  drive.candidate = Answers(10, 0, 60'000'000);
  drive.Run(1min);
  EXPECT_EQ(drive.phase(), Phase::kRunning) << "a busy hour is busy for both";
}

TEST(RuleTest, RelativeFactorFollowsStable) {
  const Rule rule{.name = "slower",
                  .metric = Metric::kLatencyP50Ms,
                  .test = rollout::Test::kRelative,
                  .limit = 1.5,
                  .comparison = Comparison::kFactor,
                  .window = 10s,
                  .min_samples = 10};
  Drive drive = With(rule);
  drive.stable = Answers(100, 0, 100'000'000);
  drive.candidate = Answers(10, 0, 140'000'000);
  drive.Run(1min);
  EXPECT_EQ(drive.rule("slower").verdict, Verdict::kGood);
  EXPECT_NEAR(*drive.rule("slower").limit, 150, 1.5);
  drive.stable = Answers(100, 0, 50'000'000);
  drive.Run(1min);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
}

TEST(RuleTest, RelativeRemembersStableWhenItHasNoTrafficAnyMore) {
  const Rule rule{.name = "slower",
                  .metric = Metric::kLatencyP50Ms,
                  .test = rollout::Test::kRelative,
                  .limit = 35,
                  .window = 10s,
                  .min_samples = 10};
  Drive drive = With(rule);
  drive.stable = Answers(100, 0, 50'000'000);
  drive.candidate = Answers(100, 0, 50'000'000);
  drive.Run(1min);
  drive.stable = {};
  drive.Run(1min);
  EXPECT_EQ(drive.rule("slower").verdict, Verdict::kGood);
  drive.candidate = Answers(100, 0, 90'000'000);
  drive.Run(1min);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
}

TEST(RuleTest, SequentialLatencySeesASlowerTail) {
  Drive drive = With(Default("latency_against_stable"));
  drive.Run(1min);
  EXPECT_EQ(drive.rule("latency_against_stable").verdict, Verdict::kGood);
  health::Period slower = Answers(9);
  slower.Append(Answers(1, 0, 40'000'000));
  drive.candidate = slower;
  drive.Run(2min);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
  EXPECT_THAT(drive.state().outcome->text, HasSubstr(", allowed 1 % more requests over stable's; evidence "));
}

TEST(RuleTest, SequentialErrorsWaitForSamplesOfTheStage) {
  Drive drive = With(Default("errors_against_stable"));
  drive.Run(3s);
  EXPECT_EQ(drive.rule("errors_against_stable").verdict, Verdict::kNotEnoughYet);
  drive.Run(5s);
  EXPECT_EQ(drive.rule("errors_against_stable").verdict, Verdict::kGood);
}

TEST(RuleTest, ASequentialRuleThatComparedNothingIsNotGood) {
  Drive drive = With(Default("errors_against_stable"));
  drive = With(Default("errors_against_stable"));
  drive.stable = {};
  drive.Run(10min);
  EXPECT_EQ(drive.rule("errors_against_stable").verdict, Verdict::kNotEnoughYet);
  EXPECT_THAT(drive.rule("errors_against_stable").text, HasSubstr("not yet compared"));
}

TEST(RuleTest, NoDefaultRuleHasAWordWithoutData) {
  Policy policy = ThreeStages();
  policy.stages = {{.name = "1 %", .share = 100, .min_duration = 1h}};
  Drive drive(policy);
  drive.candidate = drive.stable = {};
  drive.Run(30min);
  EXPECT_EQ(drive.phase(), Phase::kRunning);
  for (const RuleStatus& rule : drive.decision().rules) {
    const Verdict expected = rule.rule == "worker_deaths" ? Verdict::kGood : Verdict::kNotEnoughYet;
    EXPECT_EQ(rule.verdict, expected) << rule.rule;
    EXPECT_FALSE(rule.text.empty()) << rule.rule;
  }
}

}  // namespace
}  // namespace huidu::rollout
