#include "engine/fake/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::engine::fake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kTensors[] = "input x FP32 -1,16\noutput y FP32 -1,16\n";

TEST(ScriptTest, ReadsEveryKey) {
  const auto script = ParseScript(
      "# a model\n\n  input x FP32 -1,16\r\ninput\tids INT64 any\ninput s BYTES scalar\noutput y FP32 -1,16\n"
      "scale -2.5\nbias 1\nversion_marker -7\nnan\ndelay_ms 20\nfail_every 3\ncrash_every 4\nhang_every 5\n"
      "leak_mb_per_call 6\nload_ms 500\nfail_load \"no weights: 'a'\"\ncrash_on_load");
  ASSERT_TRUE(script.ok()) << script.status();
  EXPECT_EQ(script->inputs.size(), 3u);
  EXPECT_THAT(script->inputs[0].shape, ElementsAre(-1, 16));
  EXPECT_TRUE(script->inputs[1].any_rank);
  EXPECT_EQ(script->inputs[2].type, tensor::DataType::kBytes);
  EXPECT_FALSE(script->inputs[2].any_rank);
  EXPECT_EQ(script->scale, -2.5);
  EXPECT_EQ(script->bias, 1);
  EXPECT_EQ(script->version_marker, -7);
  EXPECT_EQ(script->outputs.back().name, "version");
  EXPECT_TRUE(script->nan && script->crash_on_load && script->fails_load);
  EXPECT_EQ(script->fail_load, "no weights: 'a'");
  EXPECT_EQ(script->delay_ms, 20);
  EXPECT_EQ(script->load_ms, 500);
  EXPECT_EQ(script->fail_every, 3);
  EXPECT_EQ(script->crash_every, 4);
  EXPECT_EQ(script->hang_every, 5);
  EXPECT_EQ(script->leak_mb_per_call, 6);
}

TEST(ScriptTest, SaysWhichLineIsWrong) {
  const auto error = ParseScript(std::string(kTensors) + "# fine\ndelay_ms soon\n").status();
  EXPECT_EQ(error.message(), "line 4, 'delay_ms': 'soon' is not a whole number from 0 to 86400000");
}

class BadLineTest : public ::testing::TestWithParam<const char*> {};

TEST_P(BadLineTest, IsRefused) {
  const auto status = ParseScript(StrCat(kTensors, GetParam())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("line 3"));
}

INSTANTIATE_TEST_SUITE_P(Lines, BadLineTest,
                         ::testing::Values("speed 3", "delay_ms -1", "delay_ms 99999999999999999999", "scale two",
                                           "fail_every 0", "nan yes", "input x FP32", "input x FP8 1",
                                           "input x FP32 -2", "input x FP32 1,,2", "fail_load why", "fail_load \"",
                                           "input x FP32 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "version_marker 1.5",
                                           "leak_mb_per_call 100000"));

TEST(ScriptTest, RefusesAModelWithoutTensorsAndOutputsWithoutAnInput) {
  EXPECT_FALSE(ParseScript("").ok());
  EXPECT_FALSE(ParseScript("input x FP32 1").ok());
  EXPECT_FALSE(ParseScript("input x FP32 1\noutput y FP32 1\noutput z FP32 1").ok());
  EXPECT_FALSE(ParseScript("input x FP32 1\noutput y INT64 1").ok());
}

TEST(ScriptTest, RefusesAFileThatIsTooLong) {
  EXPECT_FALSE(ParseScript(std::string(kTensors) + std::string(kMaxScriptBytes, '\n')).ok());
}

}  // namespace
}  // namespace huidu::engine::fake
