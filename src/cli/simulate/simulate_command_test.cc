#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using testing::HasSubstr;

const std::string kExamples = HUIDU_SOURCE_DIR "/examples/rollout/";

struct Ran {
  int code = 0;
  std::string out, err;
};

Ran Simulate(std::vector<std::string> words) {
  words.insert(words.begin(), {"huidu", "simulate"});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  int code = 0;
  CLI::App app{"huidu"};
  AddSimulateCommand(app, code);
  ran.code = Parse(app, static_cast<int>(argv.size()), argv.data(), code);
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

TEST(SimulateCommandTest, PromotesTheGoodCandidateOfTheExamples) {
  const Ran ran = Simulate({kExamples + "policy.json", kExamples + "good_candidate.csv"});
  EXPECT_EQ(ran.code, kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("finished after 17 min 5 s: nothing was bad for 3 min after the promotion\n"));
}

TEST(SimulateCommandTest, RollsTheLeakingCandidateOfTheExamplesBackAndDrawsIt) {
  const std::string svg = testing::TempDir() + "huidu_simulate.svg";
  const Ran ran = Simulate({kExamples + "policy.json", kExamples + "leaking_candidate.csv", "--svg", svg, "--json"});
  EXPECT_EQ(ran.code, kDone) << ran.err;
  const auto said = nlohmann::json::parse(ran.out);
  EXPECT_EQ(said["last"]["phase"], "rolled_back");
  EXPECT_EQ(said["events"].back()["rule"]["rule"], "memory_growth");
  EXPECT_EQ(said["events"].back()["seconds"], 360);
  std::ifstream file(svg);
  const std::string drawn{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(svg);
  EXPECT_THAT(drawn, HasSubstr("device_memory_growth_mb_per_min"));
}

TEST(SimulateCommandTest, NamesTheFileAndTheFieldThatIsWrong) {
  const std::string bad = testing::TempDir() + "huidu_simulate_policy.json";
  std::ofstream(bad) << R"({"candidate": "v2", "stages": [{"percent": 5}]})";
  const Ran policy = Simulate({bad, kExamples + "good_candidate.csv"});
  EXPECT_EQ(policy.code, kFailed);
  EXPECT_THAT(policy.err, HasSubstr(bad + ": stages[0].percent: unknown field"));
  const Ran trace = Simulate({kExamples + "policy.json", bad});
  EXPECT_EQ(trace.code, kFailed);
  EXPECT_THAT(trace.err, HasSubstr(bad + ":1:1: unknown column"));
  std::filesystem::remove(bad);
}

TEST(SimulateCommandTest, EndsWith1ForFilesThatAreNotThere) {
  EXPECT_EQ(Simulate({"/no/policy.json", "/no/trace.csv"}).code, kFailed);
  const Ran svg = Simulate({kExamples + "policy.json", kExamples + "good_candidate.csv", "--svg", "/no/folder/x.svg"});
  EXPECT_EQ(svg.code, kFailed);
  EXPECT_THAT(svg.err, HasSubstr("/no/folder/x.svg: cannot be written"));
}

TEST(SimulateCommandTest, EndsWith2WithoutATrace) { EXPECT_EQ(Simulate({"policy.json"}).code, kWrongUsage); }

}  // namespace
}  // namespace huidu::cli
