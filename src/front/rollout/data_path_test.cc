#include "front/rollout/data_path.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

absl::StatusOr<DataPath> Take(const char* text) {
  json request = json::parse(text);
  return TakeDataPath(request);
}

std::string ErrorOf(const char* text) { return std::string(Text(Take(text).status())); }

TEST(DataPathTest, WithoutAWordFailuresAreRetriedAndNothingIsHedged) {
  const DataPath options = *Take("{}");
  EXPECT_TRUE(options.retry_on_stable);
  EXPECT_FALSE(options.hedge);
}

TEST(DataPathTest, TakesItsFieldsOutAndLeavesTheOthers) {
  json request = json::parse(R"({"candidate":"v2","retry_on_stable":true,
                                 "hedge":{"quantile":0.95,"factor":3,"min_ms":50},"stages":[]})");
  const auto options = TakeDataPath(request);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->hedge);
  EXPECT_EQ(options->hedge_quantile, 0.95);
  EXPECT_EQ(options->hedge_factor, 3);
  EXPECT_EQ(options->hedge_min, 50ms);
  EXPECT_EQ(request, json::parse(R"({"candidate":"v2","stages":[]})"));
}

TEST(DataPathTest, AHedgeCanBeJustTrueOrFalse) {
  EXPECT_TRUE(Take(R"({"hedge":true})")->hedge);
  EXPECT_TRUE(Take(R"({"hedge":{}})")->hedge);
  EXPECT_FALSE(Take(R"({"hedge":false})")->hedge);
  EXPECT_FALSE(Take(R"({"retry_on_stable":false,"hedge":false})")->retry_on_stable);
}

TEST(DataPathTest, SaysWhenACopysAnswerIsTheSame) {
  EXPECT_EQ(Take("{}")->compare.kind, CompareKind::kTolerance);
  EXPECT_EQ(Take(R"({"shadow_compare":{"how":"exact"}})")->compare.kind, CompareKind::kExact);
  const CompareOptions tolerance = Take(R"({"shadow_compare":{"absolute":0.5,"relative":0}})")->compare;
  EXPECT_EQ(tolerance.absolute, 0.5);
  EXPECT_EQ(tolerance.relative, 0);
  EXPECT_EQ(Take(R"({"shadow_compare":{"how":"top1","min_share":0.9}})")->compare.min_top1_share, 0.9);
  const CompareOptions text = Take(R"({"shadow_compare":{"how":"text_edit_distance","max_share":0.1}})")->compare;
  EXPECT_EQ(text.kind, CompareKind::kText);
  EXPECT_EQ(text.max_edit_share, 0.1);
}

TEST(DataPathTest, ComesBackFromWhatIsStored) {
  for (const char* text :
       {"{}", R"({"retry_on_stable":false})", R"({"hedge":true})",
        R"({"hedge":{"quantile":0.9,"factor":1.5,"min_ms":7}})", R"({"shadow_compare":{"how":"exact"}})",
        R"({"shadow_compare":{"absolute":2,"relative":3}})", R"({"shadow_compare":{"how":"top1","min_share":0.5}})",
        R"({"shadow_compare":{"how":"text_edit_distance","max_share":0.5}})"}) {
    const json stored = ToJson(*Take(text));
    json again = stored;
    const auto back = TakeDataPath(again);
    ASSERT_TRUE(back.ok()) << text << ": " << back.status();
    EXPECT_EQ(ToJson(*back), stored) << text;
    EXPECT_TRUE(again.empty()) << text;
  }
}

TEST(DataPathTest, RefusesWhatItDoesNotKnowAndSaysWhichField) {
  EXPECT_EQ(ErrorOf(R"({"retry_on_stable":1})"), "retry_on_stable: expected true or false");
  EXPECT_EQ(ErrorOf(R"({"hedge":"yes"})"), "hedge: expected true, false or an object");
  EXPECT_EQ(ErrorOf(R"({"hedge":{"max_ms":1}})"), "hedge.max_ms: unknown; it has quantile, factor and min_ms");
  EXPECT_EQ(ErrorOf(R"({"hedge":{"quantile":1}})"), "hedge.quantile: expected a number from 0.5 to 0.9999");
  EXPECT_EQ(ErrorOf(R"({"hedge":{"factor":0.5}})"), "hedge.factor: expected a number from 1 to 100");
  EXPECT_EQ(ErrorOf(R"({"hedge":{"min_ms":"5"}})"), "hedge.min_ms: expected a number from 1 to 60000");
  EXPECT_EQ(ErrorOf(R"({"hedge":true,"retry_on_stable":false})"), "hedge: needs retry_on_stable");
  EXPECT_EQ(ErrorOf(R"({"shadow_compare":"exact"})"), "shadow_compare: expected an object");
  EXPECT_EQ(ErrorOf(R"({"shadow_compare":{"how":"by eye"}})"),
            "shadow_compare.how: expected exact, tolerance, top1 or text_edit_distance");
  EXPECT_EQ(ErrorOf(R"({"shadow_compare":{"how":"exact","absolute":1}})"),
            "shadow_compare.absolute: unknown, or of no use for exact");
  EXPECT_EQ(ErrorOf(R"({"shadow_compare":{"max_share":1}})"),
            "shadow_compare.max_share: unknown, or of no use for tolerance");
  EXPECT_EQ(ErrorOf(R"({"shadow_compare":{"absolute":-1}})"),
            "shadow_compare.absolute: expected a number from 0 to 1e+12");
}

health::LatencyHistogram Answers(uint64_t count, std::chrono::nanoseconds each) {
  health::LatencyHistogram histogram;
  histogram.Record(static_cast<uint64_t>(each.count()), count);
  return histogram;
}

TEST(PatienceTest, IsAMultipleOfStablesOwnLatency) {
  const DataPath options = *Take(R"({"hedge":{"factor":3,"min_ms":10}})");
  const double ns = static_cast<double>(Patience(options, Answers(1000, 40ms)).count());
  EXPECT_NEAR(ns, 120e6, 1.2e6);
}

TEST(PatienceTest, IsNeverLessThanItsMinimum) {
  EXPECT_EQ(Patience(*Take(R"({"hedge":{"min_ms":10}})"), Answers(1000, 1ms)), 10ms);
}

TEST(PatienceTest, HasNoLimitWithoutAHedgeOrBeforeStableIsKnown) {
  EXPECT_EQ(Patience(*Take("{}"), Answers(1000, 40ms)), 0ns);
  EXPECT_EQ(Patience(*Take(R"({"hedge":true})"), Answers(99, 40ms)), 0ns);
  EXPECT_EQ(Patience(*Take(R"({"hedge":true})"), {}), 0ns);
  EXPECT_GT(Patience(*Take(R"({"hedge":true})"), Answers(100, 40ms)), 0ns);
}

}  // namespace
}  // namespace huidu::front
