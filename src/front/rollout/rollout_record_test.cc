#include "front/rollout/rollout_record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rollout/policy_json.h"

namespace huidu::front {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// Some steps into its first stage.
RolloutRecord MakeRecord() {
  RolloutRecord record;
  record.model = "ocr_service";
  record.stable = {"v1", "/models/ocr_v1", "ab12"};
  record.candidate = {"v2", "/models/ocr_v2", "cd34"};
  record.salt = "1f3a";
  record.started_by = "operator:alice";
  record.started_at = "2026-11-22T03:00:00.000Z";
  record.data_path.hedge = true;
  record.data_path.hedge_factor = 4;
  record.policy = *rollout::PolicyFromJson(json::parse(
      R"({"candidate":"v2","stages":[{"kind":"share","share_percent":5,"min_duration":"5m"},
                                     {"kind":"share","share_percent":50,"min_duration":"5m"}]})"));
  rollout::Time now{std::chrono::hours(480'000)};
  record.state = rollout::Start(record.policy, now);
  for (int i = 0; i < 10; ++i) {
    rollout::Input input{.now = now += 1s};
    input.stable.requests = 95;
    input.candidate.requests = 5;
    input.candidate.latency.Record(12'000'000, 5);
    rollout::Step(record.policy, input, record.state);
  }
  return record;
}

TEST(RolloutRecordTest, ComesBackWholeFromItsText) {
  const json stored = ToJson(MakeRecord());
  const auto back = RecordFromJson(json::parse(stored.dump()));
  ASSERT_TRUE(back.ok()) << back.status();
  const RolloutRecord& record = **back;
  EXPECT_EQ(ToJson(record), stored);
  EXPECT_EQ(record.model, "ocr_service");
  EXPECT_EQ(record.candidate.content_hash, "cd34");
  EXPECT_EQ(record.stable.path, "/models/ocr_v1");
  EXPECT_EQ(record.salt, "1f3a");
  EXPECT_EQ(record.started_by, "operator:alice");
  EXPECT_EQ(record.data_path.hedge_factor, 4);
  EXPECT_EQ(record.policy.stages.size(), 2u);
  EXPECT_EQ(record.state.phase, rollout::Phase::kRunning);
  EXPECT_EQ(record.state.stage_requests, 45u) << "the first step began the stage";
}

// What a restart must not change: the next decision.
TEST(RolloutRecordTest, GoesOnAsIfNothingHadHappened) {
  RolloutRecord record = MakeRecord();
  auto back = RecordFromJson(ToJson(record));
  ASSERT_TRUE(back.ok()) << back.status();
  rollout::Input input{.now = record.state.last_step + 1s};
  input.candidate.requests = input.candidate.server_errors = 50;
  const rollout::Decision here = rollout::Step(record.policy, input, record.state);
  const rollout::Decision there = rollout::Step((*back)->policy, input, (*back)->state);
  EXPECT_EQ(here.phase, there.phase);
  EXPECT_EQ(here.route, there.route);
  EXPECT_EQ(here.events.size(), there.events.size());
  EXPECT_EQ(ToJson(record), ToJson(**back));
}

TEST(RolloutRecordTest, RefusesWhatIsNone) {
  const json good = ToJson(MakeRecord());
  for (const char* text : {"{}", "[]", "3", "null", R"({"policy":{}})", R"({"policy":3,"state":{}})"}) {
    EXPECT_FALSE(RecordFromJson(json::parse(text)).ok()) << text;
  }
  for (const auto& [field, value] : {std::pair<const char*, json>("state", json::object()),
                                     {"policy", json::object()},
                                     {"state", 1},
                                     {"data_path", {{"hedge", "x"}}}}) {
    json bad = good;
    bad[field] = value;
    EXPECT_FALSE(RecordFromJson(bad).ok()) << field << ": " << value;
  }
}

}  // namespace
}  // namespace huidu::front
