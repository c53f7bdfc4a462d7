#include "front/golden/golden_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(GoldenFileTest, ReadsRequestsWithTheirAnswers) {
  const auto samples = ParseGolden(
      "# invoices\n"
      "\n"
      R"({"inputs": [{"name": "x"}], "expected": "发票"})"
      "\r\n"
      R"({"inputs": [], "parameters": {"a": 1}, "expected": {"y": [1]}, "absolute": 0.5, "relative": 0})");
  ASSERT_TRUE(samples.ok()) << samples.status();
  ASSERT_EQ(samples->size(), 2);
  EXPECT_EQ(json::parse((*samples)[0].request), json::parse(R"({"inputs": [{"name": "x"}]})"));
  EXPECT_EQ((*samples)[0].expected, "发票");
  EXPECT_EQ((*samples)[0].tolerance.absolute, ExpectedTolerance{}.absolute);
  EXPECT_EQ(json::parse((*samples)[1].request), json::parse(R"({"inputs": [], "parameters": {"a": 1}})"));
  EXPECT_EQ((*samples)[1].tolerance.absolute, 0.5);
  EXPECT_EQ((*samples)[1].tolerance.relative, 0);
}

TEST(GoldenFileTest, NamesTheLineThatIsWrong) {
  const std::string good = R"({"inputs": [], "expected": 1})"
                           "\n";
  for (const auto& [line, said] : std::vector<std::pair<std::string, std::string>>{
           {"{", "expected a JSON object"},
           {"[]", "expected a JSON object"},
           {R"({"expected": 1})", "inputs is missing"},
           {R"({"inputs": []})", "expected is missing"},
           {R"({"inputs": [], "expected": 1, "absolute": -1})", "absolute: expected a number"},
           {R"({"inputs": [], "expected": 1, "relative": "1"})", "relative: expected a number"}}) {
    const auto samples = ParseGolden(good + line + "\n" + good);
    ASSERT_FALSE(samples.ok()) << line;
    EXPECT_THAT(std::string(Text(samples.status())), HasSubstr("line 2"));
    EXPECT_THAT(std::string(Text(samples.status())), HasSubstr(said));
  }
  EXPECT_THAT(std::string(Text(ParseGolden("# nothing\n").status())), HasSubstr("no sample"));
}

TEST(GoldenFileTest, HasABound) {
  std::string text;
  for (size_t i = 0; i <= kMaxGoldenSamples; ++i)
    text += R"({"inputs":[],"expected":1})"
            "\n";
  EXPECT_THAT(std::string(Text(ParseGolden(text).status())), HasSubstr("line 10001: more than 10000 samples"));
}

}  // namespace
}  // namespace huidu::front
