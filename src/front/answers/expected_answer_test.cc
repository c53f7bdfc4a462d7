#include "front/answers/expected_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const KeptAnswer kAnswer{.outputs = {{.name = "scores", .values = {0.1, 0.7, 0.2}, .greatest = {1}},
                                     {.name = "text", .is_text = true, .texts = {"发票", "12"}},
                                     {.name = "count", .values = {5}},
                                     {.name = "rows", .greatest = {3, 0}},
                                     {.name = "large", .left_out = true}}};

bool Right(const char* expected) {
  const auto right = IsExpected(kAnswer, json::parse(expected));
  EXPECT_TRUE(right.ok()) << expected << ": " << right.status();
  return right.value_or(false);
}

absl::Status Refusal(const char* expected) {
  const auto right = IsExpected(kAnswer, json::parse(expected));
  EXPECT_FALSE(right.ok()) << expected;
  return right.status();
}

TEST(ExpectedAnswerTest, ComparesTheFirstOutputOfItsKind) {
  EXPECT_TRUE(Right("1"));
  EXPECT_FALSE(Right("2"));
  EXPECT_TRUE(Right(R"(["发票", "12"])"));
  EXPECT_FALSE(Right(R"(["发票"])"));
  EXPECT_FALSE(Right(R"("发票")")) << "there was more";
  EXPECT_TRUE(Right("[0.1, 0.7004, 0.2]"));
  EXPECT_FALSE(Right("[0.1, 0.71, 0.2]"));
  EXPECT_TRUE(Right("[[0.1, 0.7, 0.2]]"));
}

TEST(ExpectedAnswerTest, ComparesNamedOutputsAndAllOfThem) {
  EXPECT_TRUE(Right(R"({"count": 5, "scores": 1})"));
  EXPECT_FALSE(Right(R"({"count": 6, "scores": 1})"));
  EXPECT_TRUE(Right(R"({"rows": [3, 0]})"));
  EXPECT_FALSE(Right(R"({"rows": [3, 1]})"));
}

TEST(ExpectedAnswerTest, TheToleranceCanBeChosen) {
  EXPECT_FALSE(*IsExpected(kAnswer, json::parse(R"({"count": 5.4})")));
  EXPECT_TRUE(*IsExpected(kAnswer, json::parse(R"({"count": 5.4})"), {.absolute = 0.5, .relative = 0}));
  EXPECT_TRUE(*IsExpected(kAnswer, json::parse(R"({"count": 5.4})"), {.absolute = 0, .relative = 0.1}));
}

TEST(ExpectedAnswerTest, RefusesWhatCannotBeCompared) {
  for (const auto& [expected, said] : std::vector<std::pair<const char*, const char*>>{
           {"true", "a text, a number"},
           {"[]", "a text, a number"},
           {"{}", "names no output"},
           {R"({"mask": 1})", "no output 'mask'"},
           {R"({"text": 1})", "'text' holds texts"},
           {R"({"scores": "cat"})", "'scores' holds numbers"},
           {R"(["a", 1])", "'text' holds texts"},
           {R"({"rows": 1})", "has 2 rows, and 1 are expected"},
           {R"({"rows": [1.5, 0]})", "0 or more"},
           {R"({"rows": [-1, 0]})", "0 or more"},
           {R"({"count": [1, 2]})", "has 1 numbers, and 2 are expected"}}) {
    const absl::Status status = Refusal(expected);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << expected;
    EXPECT_THAT(std::string(Text(status)), HasSubstr(said)) << expected;
  }
  const absl::Status too_large = Refusal(R"({"large": 1})");
  EXPECT_TRUE(absl::IsFailedPrecondition(too_large));
  EXPECT_THAT(std::string(Text(too_large)), HasSubstr("too large"));
}

}  // namespace
}  // namespace huidu::front
