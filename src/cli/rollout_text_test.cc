#include "cli/rollout_text.h"

#include <gtest/gtest.h>

#include "cli/table.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

const Json kRunning = Json::parse(R"({"model":"ocr","quarantine":[],"rollout":{
  "phase":"running","stage":"5 %","candidate":"v2","stable":"v1","traffic":"v2 5 %; v1 the rest",
  "started_by":"operator:alice","started_at":"2026-11-22T03:00:00.000Z","waiting_for":["155 more requests"],
  "rules":[
    {"rule":"error rate","verdict":"good","candidate":{"value":0.001,"samples":900},
     "stable":{"value":0.002,"samples":9000},"limit":0.03,"headroom":0.97,"text":"0.1 % of 900"},
    {"rule":"accuracy","verdict":"not enough yet","candidate":null,"stable":null,"limit":null,"headroom":null,
     "text":"no feedback"}]}})");

TEST(RolloutTextTest, ShowsWhereItStandsWhatItWaitsForAndEveryRule) {
  EXPECT_EQ(RolloutText(kRunning, false),
            "ocr: v2 against v1, running, stage 5 %\n"
            "traffic: v2 5 %; v1 the rest\n"
            "started: 2026-11-22T03:00:00.000Z by operator:alice\n"
            "waits for 155 more requests\n"
            "\n"
            "RULE        VERDICT         CANDIDATE  STABLE  LIMIT  HEADROOM  WHY\n"
            "error rate  good                0.001   0.002   0.03      97 %  0.1 % of 900\n"
            "accuracy    not enough yet          –       –      –         –  no feedback\n");
}

TEST(RolloutTextTest, TellsTheCheckThatAdmittedTheCandidate) {
  Json admitted = kRunning;
  admitted["rollout"]["check"] = Json::parse(
      R"({"time":"2026-11-21T03:00:00.000Z","dataset":{"name":"pages"},"recorded_by":"operator:ci","passed":true})");
  EXPECT_THAT(RolloutText(admitted, false),
              HasSubstr("check: passed at 2026-11-21T03:00:00.000Z on data set 'pages', recorded by operator:ci\n"));
}

TEST(RolloutTextTest, SaysHowItEndedInRedWhereItWasTakenBackAndWhatIsQuarantined) {
  Json ended = kRunning;
  ended["rollout"]["phase"] = "rolled_back";
  ended["rollout"]["outcome"] = {{"time", "2026-11-22T03:10:00.000Z"}, {"actor", "huidu"}, {"text", "error rate 12 %"}};
  ended["quarantine"] =
      Json::parse(R"([{"version":"v2","time":"2026-11-22T03:10:00.000Z","reason":"error rate 12 %"}])");
  const std::string text = RolloutText(ended, false);
  EXPECT_THAT(text, HasSubstr("ended: 2026-11-22T03:10:00.000Z by huidu: error rate 12 %\n"));
  EXPECT_THAT(text, HasSubstr("quarantined: v2 since 2026-11-22T03:10:00.000Z: error rate 12 %\n"));
  const Json quiet = {{"model", "ocr"}, {"rollout", {{"phase", "rolled_back"}}}};
  EXPECT_THAT(RolloutText(quiet, true), HasSubstr(Paint("rolled_back", Color::kRed, true)));
}

TEST(RolloutTextTest, TellsTheBaselineWithAndWithoutARollout) {
  const Json figures = Json::parse(R"({"accuracy":{"value":0.95,"samples":400}})");
  Json described = kRunning;
  described["rollout"]["baseline"] = figures;
  EXPECT_THAT(RolloutText(described, false), HasSubstr("baseline: accuracy 0.95 of 400\n"));
  EXPECT_EQ(RolloutText({{"model", "ocr"}, {"rollout", nullptr}, {"baseline", {{"figures", figures}}}}, false),
            "ocr: no rollout\nbaseline: accuracy 0.95 of 400\n");
}

TEST(RolloutTextTest, OnlyAStageThatAwaitsAnApprovalIsApproved) {
  Json waiting = kRunning;
  waiting["rollout"]["approval_wanted"] = false;
  const auto refused = StageToApprove(waiting);
  EXPECT_EQ(refused.status().message(),
            "stage '5 %' awaits no approval now; it waits for 155 more requests. To approve it all the same: "
            "--stage '5 %'");
  waiting["rollout"]["approval_wanted"] = true;
  EXPECT_EQ(*StageToApprove(waiting), "5 %");
  for (const char* none :
       {R"({"rollout":null})", R"({"rollout":{"stage":""}})", "{}", R"({"rollout":[]})", "[]", "3"}) {
    EXPECT_EQ(*StageToApprove(Json::parse(none)), "") << none;
  }
}

TEST(RolloutTextTest, AModelWithoutARolloutSaysSo) {
  EXPECT_EQ(RolloutText(Json::parse(R"({"model":"ocr","quarantine":[],"rollout":null})"), false), "ocr: no rollout\n");
}

TEST(RolloutTextTest, TakesAnAnswerOfAnotherShapeAndControlCharactersWithoutHarm) {
  for (const char* text : {"{}", "[]", "3", R"({"rollout":[]})", R"({"rollout":{"rules":3,"waiting_for":{"a":1}}})",
                           R"({"rollout":{"rules":[1,{}],"outcome":2}})", R"({"quarantine":[1,[]],"rollout":{}})"}) {
    EXPECT_FALSE(RolloutText(Json::parse(text), false).empty()) << text;
  }
  Json hostile = kRunning;
  for (const char* field : {"phase", "stage", "candidate", "stable", "traffic", "started_by"}) {
    hostile["rollout"][field] = "\x1b[2J";
  }
  EXPECT_THAT(RolloutText(hostile, false), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace huidu::cli
