#include "engine/faulty/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/strings.h"

namespace huidu::engine::faulty {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

Faults Parsed(const std::string& json) {
  const auto faults = ParseFaults(json);
  EXPECT_TRUE(faults.ok()) << faults.status();
  return faults.value_or(Faults{});
}

// One letter for each of the first `count` runs: F where the run fails.
std::string Failures(const Faults& faults, int count, Duration age = seconds(0)) {
  std::string failures;
  for (int run = 1; run <= count; ++run) failures += Decide(faults, run, age).fail ? 'F' : '.';
  return failures;
}

TEST(FaultsTest, ReadsEveryFault) {
  const Faults faults = Parsed(R"({
    "seed": 7,
    "latency": {"ms": 1.5, "rate": 0.5, "after_requests": 100},
    "error": {"rate": 0.03, "after_seconds": 10},
    "crash": {"at_request": 500},
    "hang": {"rate": 0.25},
    "leak": {"mb_per_second": 20, "max_mb": 512},
    "gpu_leak": {"mb_per_request": 1},
    "degrade": {"how": "multiply", "factor": -2, "rate": 0.2}})");
  EXPECT_EQ(faults.seed, 7u);
  EXPECT_EQ(faults.latency->time.count(), 1500);
  EXPECT_EQ(faults.latency->when.rate, 0.5);
  EXPECT_EQ(faults.latency->when.after_requests, 100);
  EXPECT_EQ(faults.error->after_seconds, 10);
  EXPECT_EQ(faults.crash->at_request, 500);
  EXPECT_EQ(faults.hang->rate, 0.25);
  EXPECT_EQ(faults.leak->mb_per_second, 20);
  EXPECT_EQ(faults.leak->max_mb, 512);
  EXPECT_EQ(faults.gpu_leak->mb_per_request, 1);
  EXPECT_EQ(faults.degrade->how, Degrade::kMultiply);
  EXPECT_EQ(faults.degrade->factor, -2);
}

TEST(FaultsTest, AnEmptyObjectBreaksNothing) {
  const Faults faults = Parsed("{}");
  const Plan plan = Decide(faults, 1, seconds(100));
  EXPECT_FALSE(plan.fail || plan.crash || plan.hang);
  EXPECT_EQ(plan.latency.count(), 0);
  EXPECT_EQ(plan.leak_bytes + plan.gpu_leak_bytes, 0u);
  EXPECT_EQ(plan.degrade, nullptr);
}

TEST(FaultsTest, NamesTheFieldThatIsWrong) {
  const struct {
    const char* json;
    const char* text;
  } kCases[] = {
      {"{", "no JSON"},
      {"[]", "the file is no object"},
      {R"({"errors": {}})", "unknown field 'errors'"},
      {R"({"error": 1})", "error is no object"},
      {R"({"error": {"rat": 1}})", "error has the unknown field 'rat'"},
      {R"({"error": {"rate": 1.5}})", "error.rate is 1.5; expected a number from 0 to 1"},
      {R"({"error": {"rate": "0.5"}})", "error.rate is \"0.5\""},
      {R"({"error": {"after_requests": 1.5}})", "expected a whole number"},
      {R"({"latency": {"rate": 1}})", "latency needs ms"},
      {R"({"crash": {}})", "crash needs rate or at_request"},
      {R"({"hang": {"after_requests": 3}})", "hang needs rate or at_request"},
      {R"({"leak": {"max_mb": 3}})", "leak needs mb_per_request or mb_per_second"},
      {R"({"gpu_leak": {"rate": 3, "mb_per_request": 1}})", "gpu_leak has the unknown field 'rate'"},
      {R"({"degrade": {"how": "shake"}})", "none of zero, rotate, multiply"},
      {R"({"degrade": {"how": "multiply"}})", "needs factor"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = ParseFaults(test.json).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.json;
    EXPECT_THAT(std::string(Text(status)), HasSubstr(test.text)) << test.json;
  }
}

TEST(FaultsTest, RefusesAFileThatIsTooLong) {
  EXPECT_FALSE(ParseFaults("{}" + std::string(kMaxFaultsBytes, ' ')).ok());
}

TEST(FaultsTest, AFaultBeginsAfterItsRequestsAndSeconds) {
  const Faults faults = Parsed(R"({"error": {"after_requests": 3, "after_seconds": 10}})");
  EXPECT_EQ(Failures(faults, 6, seconds(10)), "...FFF");
  EXPECT_EQ(Failures(faults, 6, seconds(9)), "......");
}

TEST(FaultsTest, AFaultAtARequestBefallsThatOneOnly) {
  const Faults faults = Parsed(R"({"error": {"at_request": 4}})");
  EXPECT_EQ(Failures(faults, 6), "...F..");
}

TEST(FaultsTest, ARateIsHeldAndTheSeedSaysWhichRuns) {
  const std::string failures = Failures(Parsed(R"({"error": {"rate": 0.1}})"), 10000);
  EXPECT_NEAR(std::count(failures.begin(), failures.end(), 'F'), 1000, 100);
  EXPECT_EQ(failures, Failures(Parsed(R"({"error": {"rate": 0.1}})"), 10000));
  EXPECT_NE(failures, Failures(Parsed(R"({"error": {"rate": 0.1}, "seed": 2})"), 10000));
  EXPECT_EQ(Failures(Parsed(R"({"error": {"rate": 0}})"), 100), std::string(100, '.'));
  EXPECT_EQ(Failures(Parsed(R"({"error": {}})"), 100), std::string(100, 'F'));
}

TEST(FaultsTest, TwoFaultsOfTheSameRateDoNotFallOnTheSameRuns) {
  const Faults faults = Parsed(R"({"error": {"rate": 0.5}, "degrade": {"how": "zero", "rate": 0.5}})");
  int same = 0;
  for (int run = 1; run <= 1000; ++run) {
    const Plan plan = Decide(faults, run, seconds(0));
    same += plan.fail == (plan.degrade != nullptr) ? 1 : 0;
  }
  EXPECT_NEAR(same, 500, 100);
}

TEST(FaultsTest, ALeakGrowsWithRunsAndTimeUpToItsLimit) {
  const Faults faults = Parsed(R"({
    "leak": {"mb_per_request": 2, "mb_per_second": 10, "after_requests": 5, "after_seconds": 1, "max_mb": 50},
    "gpu_leak": {"mb_per_second": 0.5}})");
  EXPECT_EQ(Decide(faults, 5, seconds(2)).leak_bytes, 0u);
  EXPECT_EQ(Decide(faults, 7, seconds(1)).leak_bytes, 4u << 20);
  EXPECT_EQ(Decide(faults, 7, seconds(3)).leak_bytes, 24u << 20);
  EXPECT_EQ(Decide(faults, 700, seconds(300)).leak_bytes, 50u << 20);
  EXPECT_EQ(Decide(faults, 1, seconds(2)).gpu_leak_bytes, 1u << 20);
}

}  // namespace
}  // namespace huidu::engine::faulty
