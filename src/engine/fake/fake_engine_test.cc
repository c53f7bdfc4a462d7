#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/strings.h"
#include "engine/engine.h"
#include "engine/testing/collecting_sink.h"

namespace huidu::engine {
namespace {

using testing::CollectingSink;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ViewOf;

constexpr char kTensors[] = "input x FP32 -1,2\noutput y FP32 -1,2\n";

// Loads a script with the real module, as the worker does.
class FakeEngineTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Model>> TryLoad(const std::string& script) {
    LoadOptions options{.directory = ::testing::TempDir(), .format = Format::kFake};
    options.program_file = ::testing::TempDir() + "/model_" + std::to_string(getpid()) + ".fake";
    std::ofstream(options.program_file) << script;
    absl::StatusOr<Engine*> engine = OpenEngine("fake");
    if (!engine.ok()) return engine.status();
    auto model = (*engine)->Load(options);
    unlink(options.program_file.c_str());
    return model;
  }

  void Load(const std::string& script) {
    auto model = TryLoad(script);
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *std::move(model);
    instance_ = *model_->NewInstance();
  }

  absl::Status Run() { return instance_->Run({{ViewOf(tensor::DataType::kFp32, {2, 2}, values_)}}, sink_); }

  const std::vector<float> values_ = {1, 2, 3, 4};
  std::unique_ptr<Model> model_;
  std::unique_ptr<Instance> instance_;
  CollectingSink sink_;
};

TEST_F(FakeEngineTest, ScalesFloatsAndMarksTheVersionInEachRow) {
  Load(std::string(kTensors) + "scale 2\nbias 1\nversion_marker 7\n");
  EXPECT_EQ(model_->signature().platform, "fake");
  ASSERT_EQ(model_->signature().outputs.size(), 2u);
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(sink_.at(0).shape, ElementsAre(2, 2));
  EXPECT_THAT(sink_.Values<float>(0), ElementsAre(3, 5, 7, 9));
  EXPECT_THAT(sink_.at(1).shape, ElementsAre(2, 1));
  EXPECT_THAT(sink_.Values<int64_t>(1), ElementsAre(7, 7));
}

TEST_F(FakeEngineTest, CopiesEveryOtherType) {
  for (const char* type : {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16",
                           "FP64", "BF16", "BYTES"}) {
    Load(StrCat("input x ", type, " -1\noutput y ", type, " -1\nscale 3\n"));
    const tensor::DataType data_type = *tensor::FromName(type);
    const std::vector<char> bytes = {1, 0, 0, 0, 'a', 0, 0, 0};
    const int64_t count = tensor::ElementSize(data_type) == 0 ? 1 : 8 / tensor::ElementSize(data_type);
    CollectingSink sink;
    ASSERT_TRUE(instance_->Run({{ViewOf(data_type, {count}, bytes)}}, sink).ok());
    EXPECT_EQ(sink.Values<char>(0), bytes) << type;
    EXPECT_EQ(sink.at(0).type, data_type);
  }
}

TEST_F(FakeEngineTest, LeavesOutWhatNobodyWants) {
  Load(std::string(kTensors) + "version_marker 1\n");
  sink_.WantOnly(1);
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(sink_.size(), 1u);
}

TEST_F(FakeEngineTest, FailsEveryThirdRunWhicheverInstanceDoesIt) {
  Load(std::string(kTensors) + "fail_every 3\n");
  std::string results;
  for (int i = 0; i < 6; ++i) {
    results += Run().ok() ? '.' : 'F';
    instance_ = *model_->NewInstance();
  }
  EXPECT_EQ(results, "..F..F");
}

TEST_F(FakeEngineTest, CountsTheRunsOfInstancesThatWorkAtTheSameTime) {
  Load(std::string(kTensors) + "fail_every 4\n");
  std::atomic<int> failed{0};
  const auto work = [&] {
    auto instance = *model_->NewInstance();
    CollectingSink sink;
    for (int i = 0; i < 100; ++i) {
      if (!instance->Run({{ViewOf(tensor::DataType::kFp32, {2, 2}, values_)}}, sink).ok()) ++failed;
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(failed, 50);
}

TEST_F(FakeEngineTest, AnswersNanIfToldTo) {
  Load(std::string(kTensors) + "nan\n");
  ASSERT_TRUE(Run().ok());
  EXPECT_TRUE(std::isnan(sink_.Values<float>(0)[3]));
}

TEST_F(FakeEngineTest, RefusesAShapeWhoseMarkerWouldOverflow) {
  Load("input x FP32 -1,0\noutput y FP32 -1,0\nversion_marker 1\n");
  const std::vector<float> none;
  EXPECT_FALSE(instance_->Run({{ViewOf(tensor::DataType::kFp32, {1LL << 61, 0}, none)}}, sink_).ok());
}

TEST_F(FakeEngineTest, ReportsALoadThatFailsAsTheScriptSays) {
  EXPECT_EQ(TryLoad(std::string(kTensors) + "fail_load \"no weights\"\n").status().message(), "no weights");
  EXPECT_THAT(TryLoad("nonsense").status().ToString(), HasSubstr(".fake: line 1, 'nonsense': unknown key"));
}

TEST_F(FakeEngineTest, ReportsAFileThatIsMissing) {
  LoadOptions options{.format = Format::kFake, .program_file = "/nowhere/model.fake"};
  EXPECT_THAT((*OpenEngine("fake"))->Load(options).status().ToString(), HasSubstr("/nowhere/model.fake: No such file"));
}

using FakeEngineDeathTest = FakeEngineTest;

TEST_F(FakeEngineDeathTest, CrashesWhileLoadingOrRunningIfToldTo) {
  EXPECT_EXIT(TryLoad(std::string(kTensors) + "crash_on_load\n").IgnoreError(), ::testing::KilledBySignal(SIGABRT), "");
  Load(std::string(kTensors) + "crash_every 2\n");
  ASSERT_TRUE(Run().ok());
  EXPECT_EXIT(Run().IgnoreError(), ::testing::KilledBySignal(SIGABRT), "");
}

TEST_F(FakeEngineDeathTest, HangsUntilItIsKilledIfToldTo) {
  Load(std::string(kTensors) + "hang_every 1\n");
  const auto run_with_alarm = [this] {
    alarm(1);
    Run().IgnoreError();
    _exit(0);
  };
  EXPECT_EXIT(run_with_alarm(), ::testing::KilledBySignal(SIGALRM), "");
}

}  // namespace
}  // namespace huidu::engine
