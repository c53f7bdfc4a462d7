#include "rollout/validate.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/strings.h"
#include "gmock/gmock.h"

namespace huidu::rollout {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

Policy Good() {
  Policy policy;
  policy.candidate = "v2";
  policy.rules = DefaultRules();
  policy.stages = {{.name = "staff", .kind = StageKind::kInternal, .min_duration = 10min},
                   {.name = "shadow", .kind = StageKind::kShadow, .shadow_share = 1000, .min_requests = 100},
                   {.name = "1 %", .share = 100, .min_duration = 10min},
                   {.name = "half", .share = 5000, .min_duration = 10min, .wait_for_approval = true}};
  return policy;
}

// What Validate() says about a good policy with this change.
std::string Refused(const std::function<void(Policy&)>& change) {
  Policy policy = Good();
  change(policy);
  const absl::Status status = Validate(policy);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(Text(status));
}

Rule& RuleNamed(Policy& policy, std::string_view name) {
  for (Rule& rule : policy.rules) {
    if (rule.name == name) return rule;
  }
  ADD_FAILURE() << "no rule " << name;
  return policy.rules.front();
}

TEST(ValidateTest, TakesAGoodPolicyWithTheDefaultRules) { EXPECT_TRUE(Validate(Good()).ok()) << Validate(Good()); }

TEST(ValidateTest, RefusesAPolicyWithoutCandidateOrStages) {
  EXPECT_EQ(Refused([](Policy& p) { p.candidate = ""; }), "candidate: missing");
  EXPECT_THAT(Refused([](Policy& p) { p.stages.clear(); }), StartsWith("stages: "));
}

TEST(ValidateTest, RefusesSharesThatDoNotFit) {
  EXPECT_EQ(Refused([](Policy& p) { p.stages[3].share = 10'001; }),
            "stages[3] 'half': share: 100.01 % is more than 100 %");
  EXPECT_EQ(Refused([](Policy& p) { p.stages[3].share = 50; }), "stages[3] 'half': share: falls from 1 % to 0.5 %");
  EXPECT_THAT(Refused([](Policy& p) { std::swap(p.stages[1], p.stages[2]); }),
              HasSubstr("share: falls from 1 % to 0 %"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages[1].shadow_share = 10'001; }), HasSubstr("shadow_share: 100.01 %"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages[0].share = 1; }), HasSubstr("internal stage has no share"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages[1].share = 1; }), HasSubstr("shadow stage has no share"));
}

TEST(ValidateTest, RefusesStagesThatGetNoRequests) {
  EXPECT_THAT(Refused([](Policy& p) { p.stages[2].share = 0; }), HasSubstr("a share of 0 gets no requests"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages[1].shadow_share = 0; }), HasSubstr("shadow_share: "));
  EXPECT_THAT(Refused([](Policy& p) { p.stages.resize(2); }), HasSubstr("promoted unseen"));
}

TEST(ValidateTest, RefusesStagesThatEndAtOnceOrNever) {
  EXPECT_THAT(Refused([](Policy& p) { p.stages[2].min_duration = 0s; }), HasSubstr("the stage waits for nothing"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages[2].max_duration = 10min; }), HasSubstr("could never pass"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages[2].max_duration = 0s; }), HasSubstr("max_duration: 0s is less than"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages[2].max_duration = Span::max(); }), HasSubstr("max_duration: more than"));
  EXPECT_THAT(Refused([](Policy& p) { p.max_pause = 0s; }), StartsWith("max_pause: "));
}

TEST(ValidateTest, RefusesNamesTwiceAndTooMany) {
  EXPECT_THAT(Refused([](Policy& p) { p.stages[3].name = "1 %"; }), HasSubstr("name: another stage has it"));
  EXPECT_THAT(Refused([](Policy& p) { p.rules.push_back(p.rules[0]); }), HasSubstr("name: another rule has it"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages[0].gates = {"a", "a"}; }), HasSubstr("gates: 'a' twice"));
  EXPECT_THAT(Refused([](Policy& p) { p.start_gates = {""}; }), HasSubstr("start_gates: missing"));
  EXPECT_THAT(Refused([](Policy& p) { p.rules.resize(kMaxRules + 1); }), StartsWith("rules: more than"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages.resize(kMaxStages + 1); }), StartsWith("stages: more than"));
  EXPECT_THAT(Refused([](Policy& p) { p.stages[0].name = std::string(200, 'x'); }), HasSubstr("longer than"));
}

TEST(ValidateTest, RefusesRulesThatCanNeverFire) {
  const auto with = [](std::string_view name, const std::function<void(Rule&)>& change) {
    return Refused([&](Policy& p) { change(RuleNamed(p, name)); });
  };
  EXPECT_THAT(with("latency_p99", [](Rule& r) { r.window = 500ms; }), HasSubstr("window: 500ms is shorter than"));
  EXPECT_THAT(with("latency_p99", [](Rule& r) { r.window = 2h; }), HasSubstr("window: more than 3600"));
  EXPECT_THAT(with("memory_growth", [](Rule& r) { r.window = 5s; }), HasSubstr("a slope needs at least"));
  EXPECT_THAT(with("error_rate", [](Rule& r) { r.periods = 0; }), HasSubstr("periods: 0"));
  EXPECT_THAT(with("error_rate", [](Rule& r) { r.limit = 3; }), HasSubstr("0.03 is 3 %"));
  EXPECT_THAT(with("error_rate", [](Rule& r) { r.limit = 1; }), HasSubstr("can never be passed"));
  EXPECT_THAT(with("error_rate", [](Rule& r) { r.limit = std::nan(""); }), HasSubstr("not a number"));
}

TEST(ValidateTest, RefusesRulesThatCallEveryCandidateBad) {
  const auto relative = [](double limit, Comparison comparison) {
    return Refused([&](Policy& p) {
      p.rules[0] = {.name = "r",
                    .metric = health::Metric::kLatencyP99Ms,
                    .test = rollout::Test::kRelative,
                    .limit = limit,
                    .comparison = comparison};
    });
  };
  EXPECT_THAT(relative(0.5, Comparison::kFactor), HasSubstr("as good as stable"));
  EXPECT_THAT(relative(-1, Comparison::kDifference), HasSubstr("as good as stable"));
}

TEST(ValidateTest, RefusesSequentialTestsThatMakeNoSense) {
  const auto with = [](const std::function<void(Rule&)>& change) {
    return Refused([&](Policy& p) { change(RuleNamed(p, "errors_against_stable")); });
  };
  EXPECT_THAT(with([](Rule& r) { r.metric = health::Metric::kMemoryMb; }), HasSubstr("memory_mb has none"));
  EXPECT_THAT(with([](Rule& r) { r.metric = health::Metric::kShadowAgreement; }), HasSubstr("stable has no"));
  EXPECT_THAT(with([](Rule& r) { r.alpha = 0; }), HasSubstr("alpha: 0"));
  EXPECT_THAT(with([](Rule& r) { r.limit = 0.9; }), HasSubstr("limit: 0.9"));
  EXPECT_THAT(with([](Rule& r) { r.periods = 3; }), HasSubstr("periods: "));
  EXPECT_THAT(with([](Rule& r) {
                r.metric = health::Metric::kLatencyP99Ms;
                r.against = Against::kLimit;
              }),
              HasSubstr("against: a latency"));
}

TEST(ValidateTest, RefusesARequiredComparisonThatNeverTakesPlace) {
  const std::string why =
      Refused([](Policy& p) { p.stages = {{.name = "all", .share = kWhole, .min_duration = 1min}}; });
  EXPECT_THAT(why, HasSubstr("'errors_against_stable': required: no stage compares"));
}

}  // namespace
}  // namespace huidu::rollout
