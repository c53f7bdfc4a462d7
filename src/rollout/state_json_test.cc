#include "rollout/state_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "rollout/engine_fixture.h"

namespace huidu::rollout {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

Drive Running() {
  const Baselines baselines = {{health::Metric::kAccuracy, {.value = 0.9, .samples = 7, .low = 0.9, .high = 0.9}}};
  Drive drive(ThreeStages(), baselines);
  drive.candidate.memory_mb = 123.456;
  drive.candidate.labelled = 1;
  drive.Run(100s);
  return drive;
}

TEST(StateJsonTest, GivesBackEveryFieldThroughText) {
  Drive drive = Running();
  const nlohmann::json written = ToJson(drive.state());
  const auto back = StateFromJson(drive.policy(), nlohmann::json::parse(written.dump()));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(ToJson(*back), written);
  EXPECT_EQ(ToJson(Describe(drive.policy(), *back)), ToJson(Describe(drive.policy(), drive.state())));
}

TEST(StateJsonTest, GivesBackHowARolloutEnded) {
  Drive drive = Running();
  drive.Order(CommandKind::kAbort);
  const auto back = StateFromJson(drive.policy(), ToJson(drive.state()));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->phase, Phase::kAborted);
  EXPECT_EQ(back->outcome->actor, "alice");
}

TEST(StateJsonTest, RefusesTheStateOfAnotherPolicy) {
  Drive drive = Running();
  Policy other = ThreeStages();
  other.rules.pop_back();
  const auto fewer_rules = StateFromJson(other, ToJson(drive.state()));
  EXPECT_THAT(std::string(Text(fewer_rules.status())), HasSubstr("not the rules of the policy"));
  other = ThreeStages();
  other.stages.resize(1);
  const auto fewer_stages = StateFromJson(other, ToJson(drive.state()));
  EXPECT_THAT(std::string(Text(fewer_stages.status())), HasSubstr("fewer stages"));
}

TEST(StateJsonTest, NamesWhatIsMissingOrWrong) {
  Drive drive = Running();
  const nlohmann::json good = ToJson(drive.state());
  for (const auto& [pointer, value, said] : std::vector<std::tuple<std::string, nlohmann::json, std::string>>{
           {"/phase", 99, "known number in phase"},
           {"/stage", -1, "state.stage: expected a whole number"},
           {"/approved", "yes", "state.approved: expected true or false"},
           {"/rules/0/status/text", 5, "state.rules[0].status.text: expected a text"},
           {"/candidate_window/periods/0/counters", nlohmann::json::array(), "as many counters"},
           {"/candidate_window/periods/0/latency", {5, 1, 5, 1}, "rising buckets"},
           {"/candidate_window", nullptr, "state.candidate_window: expected an object"},
           {"/format", 2, "format 1"}}) {
    nlohmann::json document = good;
    document[nlohmann::json::json_pointer(pointer)] = value;
    const auto state = StateFromJson(drive.policy(), document);
    ASSERT_FALSE(state.ok()) << pointer;
    EXPECT_THAT(std::string(Text(state.status())), HasSubstr(said)) << pointer;
  }
  nlohmann::json document = good;
  document.erase("in_stage");
  EXPECT_THAT(std::string(Text(StateFromJson(drive.policy(), document).status())),
              HasSubstr("state.in_stage: missing"));
}

}  // namespace
}  // namespace huidu::rollout
