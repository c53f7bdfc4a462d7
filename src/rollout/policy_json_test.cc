#include "rollout/policy_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "gmock/gmock.h"

namespace huidu::rollout {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr char kExample[] = R"({
  "candidate": "v2",
  "bake_time": "5m",
  "start_gates": ["regression"],
  "stages": [
    {"kind": "internal", "min_duration": "10m"},
    {"kind": "shadow", "shadow_percent": 10, "min_requests": 1000},
    {"share_percent": 0.25, "min_duration": "1h30m", "max_duration": "3h"},
    {"share_percent": 20, "min_requests": 500, "wait_for_approval": true, "gates": ["load"], "name": "a fifth"}],
  "remove_rules": ["accuracy"],
  "rules": [
    {"name": "latency_p99", "limit": 800},
    {"name": "slower", "metric": "latency_p50_ms", "test": "relative", "comparison": "factor", "limit": 1.5,
     "window": "5m", "periods": 2, "min_samples": 200, "required": true},
    {"name": "golden", "metric": "golden_accuracy", "limit": 0.9, "window": "rollout"}]
})";

const Rule* Find(const Policy& policy, std::string_view name) {
  const auto rule =
      std::find_if(policy.rules.begin(), policy.rules.end(), [&](const Rule& r) { return r.name == name; });
  return rule == policy.rules.end() ? nullptr : &*rule;
}

std::string Refused(const std::string& text) {
  const auto policy = ParsePolicy(text);
  EXPECT_FALSE(policy.ok()) << text;
  return policy.ok() ? "" : std::string(Text(policy.status()));
}

// The example with one value of its document replaced.
std::string With(const std::string& pointer, const nlohmann::json& value) {
  auto document = nlohmann::json::parse(kExample);
  document[nlohmann::json::json_pointer(pointer)] = value;
  return document.dump();
}

TEST(PolicyJsonTest, ReadsTheRequiredCheckAndWritesItAgain) {
  EXPECT_FALSE(ParsePolicy(kExample)->require_check);
  EXPECT_FALSE(ParsePolicy(With("/require_check", false))->require_check);
  EXPECT_EQ(ParsePolicy(With("/require_check", true))->require_check->max_age, Span(7 * 24h));
  const auto policy = ParsePolicy(With("/require_check", {{"max_age", "36h"}, {"dataset", "pages"}}));
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->require_check->max_age, Span(36h));
  EXPECT_EQ(policy->require_check->dataset, "pages");
  EXPECT_EQ(ToJson(*PolicyFromJson(ToJson(*policy))), ToJson(*policy));
  EXPECT_THAT(Refused(With("/require_check", 7)), HasSubstr("require_check: expected true, false or an object"));
  EXPECT_THAT(Refused(With("/require_check/age", "7d")), HasSubstr("require_check.age: unknown field"));
  EXPECT_THAT(Refused(With("/require_check/max_age", "0s")), HasSubstr("require_check.max_age: 0s is less than 1s"));
}

TEST(PolicyJsonTest, AStageMayRequireACheckToo) {
  const auto policy = ParsePolicy(With("/stages/0/require_check", {{"dataset", "pages"}}));
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->stages[0].require_check->dataset, "pages");
  EXPECT_FALSE(policy->require_check);
  EXPECT_EQ(ToJson(*PolicyFromJson(ToJson(*policy))), ToJson(*policy));
  EXPECT_FALSE(ParsePolicy(With("/stages/0/require_check", false))->stages[0].require_check);
  EXPECT_THAT(Refused(With("/stages/0/require_check", "yes")),
              HasSubstr("stages[0].require_check: expected true, false or an object"));
  EXPECT_THAT(Refused(With("/stages/0/require_check/age", "7d")), HasSubstr("stages[0].require_check.age: unknown"));
  EXPECT_THAT(Refused(With("/stages/0/require_check/max_age", "91d")),
              HasSubstr("require_check.max_age: more than 90d"));
}

TEST(PolicyJsonTest, ReadsStages) {
  const auto policy = ParsePolicy(kExample);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->candidate, "v2");
  EXPECT_EQ(policy->bake_time, Span(5min));
  EXPECT_EQ(policy->sampling_period, Span(1s));
  ASSERT_EQ(policy->stages.size(), 4u);
  EXPECT_EQ(policy->stages[0].name, "internal");
  EXPECT_EQ(policy->stages[1].kind, StageKind::kShadow);
  EXPECT_EQ(policy->stages[1].shadow_share, 1000u);
  EXPECT_EQ(policy->stages[2].name, "0.25 %");
  EXPECT_EQ(policy->stages[2].share, 25u);
  EXPECT_EQ(policy->stages[2].min_duration, Span(90min));
  EXPECT_TRUE(policy->stages[3].wait_for_approval);
  EXPECT_THAT(policy->stages[3].gates, testing::ElementsAre("load"));
}

TEST(PolicyJsonTest, ChangesRemovesAndAddsRules) {
  const auto policy = ParsePolicy(kExample);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->rules.size(), DefaultRules().size() - 1 + 2);
  EXPECT_EQ(Find(*policy, "accuracy"), nullptr);
  EXPECT_EQ(Find(*policy, "latency_p99")->limit, 800);
  EXPECT_EQ(Find(*policy, "latency_p99")->min_samples, 100u) << "the rest of a changed rule stays as it was";
  EXPECT_EQ(Find(*policy, "slower")->comparison, Comparison::kFactor);
  EXPECT_EQ(Find(*policy, "golden")->bad_when, health::BadWhen::kBelow) << "the metric's own side";
  EXPECT_EQ(Find(*policy, "golden")->window, kWholeRollout);
}

TEST(PolicyJsonTest, LeavesTheDefaultRulesOut) {
  const auto policy = ParsePolicy(R"({"candidate": "v2", "default_rules": false,
      "stages": [{"share_percent": 5, "min_duration": "1m"}]})");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE(policy->rules.empty());
}

TEST(PolicyJsonTest, WritesWhatItReads) {
  const auto policy = ParsePolicy(kExample);
  ASSERT_TRUE(policy.ok());
  const nlohmann::json written = ToJson(*policy);
  const auto again = PolicyFromJson(written);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ToJson(*again), written);
}

TEST(PolicyJsonTest, NamesAnUnknownFieldByItsPath) {
  EXPECT_THAT(Refused(With("/speed", 1)), HasSubstr("speed: unknown field; expected one of bake_time"));
  EXPECT_THAT(Refused(With("/stages/2/percent", 1)), HasSubstr("stages[2].percent: unknown field"));
  EXPECT_THAT(Refused(With("/rules/0/max", 1)), HasSubstr("rules[0].max: unknown field"));
}

TEST(PolicyJsonTest, NamesAWrongValueByItsPath) {
  EXPECT_THAT(Refused(With("/stages/2/min_duration", 90)), HasSubstr("stages[2].min_duration: expected a duration"));
  EXPECT_THAT(Refused(With("/stages/2/min_duration", "9x")), HasSubstr("stages[2].min_duration: expected a duration"));
  EXPECT_THAT(Refused(With("/stages/2/share_percent", 0.001)), HasSubstr("steps of 0.01"));
  EXPECT_THAT(Refused(With("/stages/2/share_percent", 101)), HasSubstr("share: 101 % is more than 100 %"));
  EXPECT_THAT(Refused(With("/stages/2/share_percent", "5")), HasSubstr("stages[2].share_percent: expected a number"));
  EXPECT_THAT(Refused(With("/stages/1/min_requests", -1)), HasSubstr("whole number"));
  EXPECT_THAT(Refused(With("/stages/1/kind", "dark")), HasSubstr("one of internal, shadow, share"));
  EXPECT_THAT(Refused(With("/stages/3/gates", "load")), HasSubstr("stages[3].gates: expected a list"));
  EXPECT_THAT(Refused(With("/stages", 5)), HasSubstr("stages: expected a list"));
  EXPECT_THAT(Refused(With("/stages/0", 5)), HasSubstr("stages[0]: expected an object"));
  EXPECT_THAT(Refused(With("/rules/1/metric", "speed")), HasSubstr("rules[1].metric: unknown metric 'speed'"));
  EXPECT_THAT(Refused(With("/rules/1/required", "yes")), HasSubstr("true or false"));
  EXPECT_THAT(Refused(With("/remove_rules/0", "x")), HasSubstr("remove_rules: no default rule 'x'"));
}

TEST(PolicyJsonTest, WantsMetricAndLimitOfANewRule) {
  EXPECT_THAT(Refused(With("/rules/0/name", "new")), HasSubstr("rules[0]: a new rule needs name, metric and limit"));
}

TEST(PolicyJsonTest, ChecksThePolicyAsAWhole) {
  EXPECT_THAT(Refused(With("/stages/3/share_percent", 0.1)), HasSubstr("share: falls"));
}

TEST(PolicyJsonTest, SaysWhereTextIsNoJson) {
  EXPECT_THAT(Refused("{\n  \"candidate\": v2\n}"), HasSubstr("line 2, column"));
  EXPECT_THAT(Refused(""), HasSubstr("no JSON"));
  EXPECT_THAT(Refused(std::string(2 << 20, ' ')), HasSubstr("1 MiB"));
  EXPECT_THAT(Refused(std::string(100'000, '[')), HasSubstr("no JSON"));
  EXPECT_THAT(Refused("[]"), HasSubstr("expected an object"));
}

}  // namespace
}  // namespace huidu::rollout
