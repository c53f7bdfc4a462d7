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

TEST(DataPathTest, ComesBackFromWhatIsStored) {
  for (const char* text : {"{}", R"({"retry_on_stable":false})", R"({"hedge":true})",
                           R"({"hedge":{"quantile":0.9,"factor":1.5,"min_ms":7}})"}) {
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
