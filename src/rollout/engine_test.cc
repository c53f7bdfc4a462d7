#include "rollout/engine.h"

#include <gtest/gtest.h>

#include "gmock/gmock.h"
#include "rollout/engine_fixture.h"
#include "rollout/state_json.h"

namespace huidu::rollout {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(EngineTest, PromotesAGoodCandidateStageByStage) {
  Drive drive(ThreeStages());
  drive.Run(1h);
  EXPECT_EQ(drive.phase(), Phase::kFinished);
  EXPECT_EQ(drive.Told(), "started stage_began:staff stage_began:1 % stage_began:half promoted finished");
  EXPECT_FALSE(drive.decision().quarantine);
}

TEST(EngineTest, GivesEachStageItsRoute) {
  Policy policy = ThreeStages();
  policy.stages.insert(policy.stages.begin() + 1,
                       {.name = "shadow", .kind = StageKind::kShadow, .shadow_share = 2000, .min_requests = 100});
  Drive drive(policy);
  EXPECT_EQ(Describe(drive.policy(), drive.state()).route, Route{}) << "nothing before the first step";
  ASSERT_TRUE(drive.RunUntilStage("staff"));
  EXPECT_EQ(drive.decision().route, (Route{.internal_users = true}));
  ASSERT_TRUE(drive.RunUntilStage("shadow"));
  EXPECT_EQ(drive.decision().route, (Route{.internal_users = true, .shadow_share = 2000}));
  ASSERT_TRUE(drive.RunUntilStage("half"));
  EXPECT_EQ(drive.decision().route, (Route{.internal_users = true, .share = 5000}));
  ASSERT_TRUE(drive.RunUntil(Phase::kBaking));
  EXPECT_EQ(drive.decision().route, (Route{.internal_users = true, .share = kWhole, .promoted = true}));
  ASSERT_TRUE(drive.RunUntil(Phase::kFinished));
  EXPECT_TRUE(drive.decision().route.promoted);
}

TEST(EngineTest, TakesABadCandidateOutAndSaysWhy) {
  Drive drive(ThreeStages());
  ASSERT_TRUE(drive.RunUntilStage("half"));
  drive.candidate = Answers(200, 20);
  drive.Run(1min);
  ASSERT_EQ(drive.phase(), Phase::kRolledBack);
  EXPECT_EQ(drive.decision().route, Route{});
  EXPECT_TRUE(drive.decision().quarantine);
  ASSERT_TRUE(drive.state().outcome);
  const Event& outcome = *drive.state().outcome;
  EXPECT_EQ(outcome.stage, "half");
  EXPECT_EQ(outcome.actor, "huidu");
  ASSERT_TRUE(outcome.rule);
  EXPECT_EQ(outcome.rule->verdict, Verdict::kBad);
  EXPECT_THAT(outcome.text, HasSubstr("error_rate 10 %"));
  EXPECT_THAT(outcome.text, HasSubstr("limit 3 %"));
  EXPECT_THAT(outcome.text, HasSubstr("stable 0 %"));
  EXPECT_THAT(outcome.text, HasSubstr("3 of 3 times in a row"));
}

TEST(EngineTest, SeesAnOutrightFailureWithinTenRequestsBetweenTwoSamples) {
  Drive drive(ThreeStages());
  ASSERT_TRUE(drive.RunUntilStage("half"));
  drive.Run(30s);
  drive.candidate = Answers(1, 1);
  drive.stable = Answers(1);
  int requests = 0;
  while (drive.phase() == Phase::kRunning) {
    ASSERT_LT(++requests, 11);
    drive.Step(Span(2));
  }
  EXPECT_EQ(drive.state().outcome->rule->rule, "outright_failure");
}

TEST(EngineTest, TakesACandidateOutAtOnceWhenItsWorkerDies) {
  Drive drive(ThreeStages());
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.stable.worker_deaths = 1;
  drive.Step(20ms);
  EXPECT_EQ(drive.phase(), Phase::kRunning) << "stable's worker is not the candidate's fault";
  drive.candidate.worker_deaths = 1;
  drive.Step(20ms);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
  EXPECT_EQ(drive.state().outcome->rule->rule, "worker_deaths");
}

TEST(EngineTest, ReturnsToTheOldStableWhileBaking) {
  Drive drive(ThreeStages());
  ASSERT_TRUE(drive.RunUntil(Phase::kBaking));
  drive.stable = {};
  drive.candidate = Answers(200, 20);
  drive.Run(50s);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
  EXPECT_EQ(drive.decision().route, Route{});
}

TEST(EngineTest, DoesNotPromoteWithoutRequestsButEndsAtTheMaxDuration) {
  Policy policy = ThreeStages({});
  policy.stages[1].max_duration = 5min;
  Drive drive(policy);
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.candidate = {};
  drive.Run(4min);
  EXPECT_THAT(drive.decision().waiting_for, testing::ElementsAre("requests: 0 of 1"));
  drive.Run(1h);
  EXPECT_EQ(drive.phase(), Phase::kAborted);
  EXPECT_FALSE(drive.decision().quarantine) << "nothing is known against it";
  EXPECT_THAT(drive.state().outcome->text,
              HasSubstr("reached its max_duration, 5 min, and still awaits requests: 0 of 1"));
}

TEST(EngineTest, WaitsForARequiredRuleThatHasNoData) {
  Rule rule{.name = "right", .metric = health::Metric::kAccuracy, .limit = 0.9, .min_samples = 50, .required = true};
  rule.bad_when = health::BadWhen::kBelow;
  rule.window = kWholeRollout;
  Policy policy = ThreeStages({rule});
  policy.stages[1].max_duration = 10min;
  Drive drive(policy);
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.Run(5min);
  EXPECT_EQ(drive.decision().stage, "1 %");
  EXPECT_THAT(drive.decision().waiting_for,
              testing::ElementsAre("rule 'right': accuracy has no data; needs 50 samples"));
  EXPECT_EQ(drive.rule("right").verdict, Verdict::kNotEnoughYet) << "no data is no failure";
  drive.candidate.labelled = drive.candidate.correct = 10;
  EXPECT_TRUE(drive.RunUntilStage("half", 30));
}

TEST(EngineTest, AsksGatesLastAndEachStageAnew) {
  Policy policy = ThreeStages({});
  policy.start_gates = {"regression"};
  policy.stages[1].gates = {"load", "people"};
  Drive drive(policy);
  drive.Step(1s);
  EXPECT_EQ(drive.phase(), Phase::kWaiting);
  EXPECT_EQ(drive.decision().route, Route{});
  EXPECT_THAT(drive.decision().gates_wanted, testing::ElementsAre("regression"));
  drive.gates = {{"regression", GateState::kPassed}};
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  EXPECT_TRUE(drive.decision().gates_wanted.empty()) << "the stage has just begun";
  drive.gates.clear();
  drive.Run(3min);
  EXPECT_THAT(drive.decision().gates_wanted, testing::ElementsAre("load", "people"));
  drive.gates = {{"load", GateState::kPassed}, {"people", GateState::kPending}};
  drive.Run(1min);
  EXPECT_EQ(drive.decision().stage, "1 %");
  drive.gates["people"] = GateState::kPassed;
  drive.Step(1s);
  EXPECT_EQ(drive.decision().stage, "half");
}

TEST(EngineTest, RollsBackWhenAGateFails) {
  Policy policy = ThreeStages({});
  policy.stages[1].gates = {"load"};
  Drive drive(policy);
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.gates = {{"load", GateState::kFailed}};
  drive.Step(1s);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
  EXPECT_EQ(drive.state().outcome->text, "gate 'load' failed");
}

TEST(EngineTest, WaitsForAnApproval) {
  Policy policy = ThreeStages({});
  policy.stages[1].wait_for_approval = true;
  Drive drive(policy);
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.Run(10min);
  EXPECT_TRUE(drive.decision().approval_wanted);
  EXPECT_EQ(drive.decision().stage, "1 %");
  drive.Order(CommandKind::kApprove);
  EXPECT_EQ(drive.decision().stage, "half");
  EXPECT_THAT(drive.Told(), HasSubstr("approved stage_began:half"));
}

TEST(EngineTest, AStageWaitsForItsCheck) {
  Policy policy = ThreeStages({});
  policy.stages[1].require_check.emplace();
  policy.stages[1].wait_for_approval = true;
  Drive drive(policy);
  ASSERT_TRUE(drive.RunUntilStage("1 %")) << "the stage before needs none";
  EXPECT_THAT(drive.decision().waiting_for, testing::Contains("a passed check")) << "nobody looked yet";
  drive.check_missing = "a passed check: none is recorded";
  drive.Run(10min);
  EXPECT_THAT(drive.decision().waiting_for, testing::ElementsAre("a passed check: none is recorded"));
  EXPECT_FALSE(drive.decision().approval_wanted) << "people are asked last";
  drive.check_missing = "";
  drive.Step(1s);
  EXPECT_TRUE(drive.decision().approval_wanted);
  drive.check_missing = "a passed check: the last one did not pass";
  drive.Order(CommandKind::kApprove);
  EXPECT_EQ(drive.decision().stage, "1 %") << "a later check counts too";
  drive.check_missing = "";
  drive.Step(1s);
  EXPECT_EQ(drive.decision().stage, "half");
}

TEST(EngineTest, AStageWhoseCheckDoesNotComeEndsWithoutBlame) {
  Policy policy = ThreeStages({});
  policy.stages[1].require_check.emplace();
  policy.stages[1].max_duration = 1h;
  Drive drive(policy);
  drive.check_missing = "a passed check: none is recorded";
  drive.Run(3h);
  EXPECT_EQ(drive.phase(), Phase::kAborted);
  EXPECT_FALSE(drive.decision().quarantine);
  EXPECT_THAT(drive.state().outcome->text, HasSubstr("still awaits a passed check: none is recorded"));
}

TEST(EngineTest, AnApprovalThatNamesItsStageCountsForNoOther) {
  Policy policy = ThreeStages({});
  policy.stages[1].wait_for_approval = policy.stages[2].wait_for_approval = true;
  Drive drive(policy);
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.Run(10min);
  drive.Approve("1 %");
  ASSERT_EQ(drive.decision().stage, "half");
  drive.Approve("1 %");
  EXPECT_EQ(drive.last_event().text, "approve: the rollout is in stage 'half', not in '1 %'; nothing was approved");
  EXPECT_FALSE(drive.state().approved);
  drive.Approve("half");
  EXPECT_TRUE(drive.state().approved) << "before its time is over";
  drive.Approve("half");
  EXPECT_EQ(drive.last_event().kind, EventKind::kRefused);
  EXPECT_EQ(drive.last_event().text, "approve: stage 'half' is approved already; the audit says by whom");
  drive.Order(CommandKind::kApprove);
  EXPECT_EQ(drive.last_event().kind, EventKind::kRefused);
}

TEST(EngineTest, HoldsItsShareWhilePausedAndStillRollsBack) {
  Drive drive(ThreeStages());
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.Run(1min);
  drive.Order(CommandKind::kPause);
  EXPECT_EQ(drive.phase(), Phase::kPaused);
  const Span before = drive.state().in_stage;
  drive.Run(30min);
  EXPECT_EQ(drive.state().in_stage, before) << "its time stands still";
  EXPECT_EQ(drive.decision().route.share, 100u);
  drive.Order(CommandKind::kResume);
  EXPECT_EQ(drive.phase(), Phase::kRunning);
  drive.Order(CommandKind::kPause);
  drive.candidate.worker_deaths = 1;
  drive.Step(1s);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
}

TEST(EngineTest, EndsAPauseThatLastsTooLong) {
  Policy policy = ThreeStages({});
  policy.max_pause = 1h;
  Drive drive(policy);
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.Order(CommandKind::kPause);
  drive.Run(2h);
  EXPECT_EQ(drive.phase(), Phase::kAborted);
  EXPECT_THAT(drive.state().outcome->text, HasSubstr("max_pause, 1 h"));
}

TEST(EngineTest, EndsAWaitForStartGatesThatLastsTooLong) {
  Policy policy = ThreeStages({});
  policy.start_gates = {"never"};
  policy.max_pause = 1h;
  Drive drive(policy);
  drive.Run(2h);
  EXPECT_EQ(drive.phase(), Phase::kAborted);
}

TEST(EngineTest, ObeysPeople) {
  Drive promoted(ThreeStages()), aborted(ThreeStages()), rolled_back(ThreeStages());
  for (Drive* drive : {&promoted, &aborted, &rolled_back}) ASSERT_TRUE(drive->RunUntilStage("1 %"));
  promoted.Order(CommandKind::kPromote);
  EXPECT_EQ(promoted.phase(), Phase::kBaking);
  EXPECT_EQ(promoted.last_event().actor, "alice");
  EXPECT_EQ(promoted.last_event().text, "because");
  aborted.Order(CommandKind::kAbort);
  EXPECT_EQ(aborted.phase(), Phase::kAborted);
  EXPECT_FALSE(aborted.decision().quarantine);
  rolled_back.Order(CommandKind::kRollBack);
  EXPECT_EQ(rolled_back.phase(), Phase::kRolledBack);
  EXPECT_TRUE(rolled_back.decision().quarantine);
}

TEST(EngineTest, RefusesCommandsThatDoNotFitAndSaysWhy) {
  Drive drive(ThreeStages({}));
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.Order(CommandKind::kResume);
  EXPECT_EQ(drive.last_event().kind, EventKind::kRefused);
  EXPECT_EQ(drive.last_event().text, "resume: only a paused rollout can resume; it is running");
  drive.Order(CommandKind::kApprove);
  EXPECT_EQ(drive.last_event().text, "approve: this stage awaits no approval");
  ASSERT_TRUE(drive.RunUntil(Phase::kBaking));
  drive.Order(CommandKind::kPromote);
  EXPECT_EQ(drive.last_event().text, "promote: the candidate is promoted already");
  ASSERT_TRUE(drive.RunUntil(Phase::kFinished));
  drive.Order(CommandKind::kRollBack);
  EXPECT_EQ(drive.last_event().text, "rollback: the rollout has ended: finished");
  EXPECT_EQ(drive.phase(), Phase::kFinished);
}

TEST(EngineTest, LetsTheFirstOfTwoOperatorsWin) {
  Drive drive(ThreeStages({}));
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  const Decision& decision = drive.Step(1s, {{CommandKind::kAbort, "alice", ""}, {CommandKind::kPromote, "bob", ""}});
  EXPECT_EQ(decision.phase, Phase::kAborted);
  EXPECT_EQ(drive.Told(), "started stage_began:staff stage_began:1 % aborted refused");
}

TEST(EngineTest, RollsBackRatherThanObeyWhenBothCome) {
  Drive drive(ThreeStages());
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.candidate.worker_deaths = 1;
  drive.Order(CommandKind::kPromote);
  EXPECT_EQ(drive.phase(), Phase::kRolledBack);
}

TEST(EngineTest, CountsOnlyTimeThatItObserved) {
  Drive drive(ThreeStages({}));
  ASSERT_TRUE(drive.RunUntilStage("staff"));
  drive.Step(24h);
  EXPECT_EQ(drive.state().in_stage, Span(3s)) << "the server was down for a day";
  drive.Step(-48h);
  EXPECT_EQ(drive.state().in_stage, Span(3s)) << "the calendar went back";
  drive.Step(1s);
  EXPECT_EQ(drive.state().in_stage, Span(4s));
}

TEST(EngineTest, LeavesOutFiguresThatCannotBe) {
  Drive drive(ThreeStages());
  ASSERT_TRUE(drive.RunUntilStage("1 %"));
  drive.candidate = {.requests = 1, .server_errors = 500};
  drive.Run(1min);
  EXPECT_EQ(drive.phase(), Phase::kRunning);
}

TEST(EngineTest, FinishesAtOnceWithoutBakeTime) {
  Policy policy = ThreeStages({});
  policy.bake_time = Span(0);
  Drive drive(policy);
  drive.Run(1h);
  EXPECT_THAT(drive.Told(), HasSubstr("promoted finished"));
  EXPECT_EQ(drive.decision().route.share, kWhole);
}

}  // namespace
}  // namespace huidu::rollout
