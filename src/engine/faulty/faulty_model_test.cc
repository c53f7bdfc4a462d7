#include "engine/faulty/faulty_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "engine/faulty/faults.h"
#include "engine/testing/model_fixture.h"

namespace huidu::engine::faulty {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ViewOf;

// y = x, by the fake engine.
constexpr char kModel[] = "input x FP32 -1,2\noutput y FP32 -1,2\n";

class FaultyModelTest : public ::testing::Test {
 protected:
  FaultyModelTest() {
    setenv(kEnableVariable, "1", 1);
    folder_.Write("model.fake", kModel);
  }
  ~FaultyModelTest() override { unsetenv(kEnableVariable); }

  absl::StatusOr<std::unique_ptr<Model>> TryLoad(const std::string& faults) {
    if (!faults.empty()) folder_.Write(kFaultsFile, faults);
    auto real = (*OpenEngine("fake"))->Load(testing::Files(Format::kFake, folder_.path(), "model.fake"));
    return WithFaults(*std::move(real), folder_.path());
  }
  void Load(const std::string& faults) {
    auto model = TryLoad(faults);
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *std::move(model);
    instance_ = *model_->NewInstance();
  }
  absl::Status Run() { return instance_->Run({{ViewOf(tensor::DataType::kFp32, {1, 2}, values_)}}, sink_); }

  const testing::TemporaryFolder folder_;
  const std::vector<float> values_ = {1, 2};
  std::unique_ptr<Model> model_;
  std::unique_ptr<Instance> instance_;
  testing::CollectingSink sink_;
};

TEST_F(FaultyModelTest, IsTheRealModelToEverybodyElse) {
  Load("");
  EXPECT_EQ(model_->signature().inputs[0].name, "x");
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(sink_.Values<float>(0), ElementsAre(1, 2));
}

TEST_F(FaultyModelTest, FailsAndSpoilsTheRunsThatTheFileNames) {
  Load(R"({"error": {"at_request": 2}, "degrade": {"how": "rotate", "after_requests": 2}})");
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(sink_.Values<float>(0), ElementsAre(1, 2));
  const absl::Status failed = Run();
  EXPECT_EQ(failed.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(failed.ToString(), HasSubstr("run 2 fails, as faults.json says"));
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(sink_.Values<float>(0), ElementsAre(2, 1));
}

TEST_F(FaultyModelTest, CountsTheRunsOfAllInstancesTogether) {
  Load(R"({"error": {"at_request": 2}})");
  ASSERT_TRUE(Run().ok());
  instance_ = *model_->NewInstance();
  EXPECT_FALSE(Run().ok());
}

TEST_F(FaultyModelTest, AddsLatencyToTheRun) {
  Load(R"({"latency": {"ms": 20}})");
  const TimePoint start = Now();
  ASSERT_TRUE(Run().ok());
  EXPECT_GE(Now() - start, std::chrono::milliseconds(20));
}

TEST_F(FaultyModelTest, RefusesToLoadWithAFileThatIsWrong) {
  EXPECT_THAT(TryLoad(R"({"crush": {}})").status().ToString(),
              HasSubstr("faults.json: the file has the unknown field"));
}

TEST_F(FaultyModelTest, SwitchesAFaultOnWhenTheFileAppears) {
  Load("");
  ASSERT_TRUE(Run().ok());
  folder_.Write(kFaultsFile, R"({"error": {}})");
  // The file is looked at every so often; runs go on until then.
  absl::Status status;
  for (int i = 0; i < 10000 && status.ok(); ++i) {
    usleep(1000);
    status = Run();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
}

TEST_F(FaultyModelTest, WithoutTheVariableTheFileIsIgnoredWithAWarning) {
  for (const char* value : {"", "0", "true", "11"}) {
    setenv(kEnableVariable, value, 1);
    ::testing::internal::CaptureStderr();
    Load(R"({"error": {}})");
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("WARNING")) << value;
    EXPECT_TRUE(Run().ok()) << value;
  }
}

TEST_F(FaultyModelTest, WithoutTheVariableAndWithoutAFileNothingIsSaid) {
  unsetenv(kEnableVariable);
  ::testing::internal::CaptureStderr();
  Load("");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

using FaultyModelDeathTest = FaultyModelTest;

TEST_F(FaultyModelDeathTest, CrashesAtTheRunThatTheFileNames) {
  Load(R"({"crash": {"at_request": 2}})");
  ASSERT_TRUE(Run().ok());
  EXPECT_EXIT(Run().IgnoreError(), ::testing::KilledBySignal(SIGABRT), "");
}

TEST_F(FaultyModelDeathTest, HangsUntilItIsKilled) {
  Load(R"({"hang": {"at_request": 1}})");
  const auto run_with_alarm = [this] {
    alarm(1);
    Run().IgnoreError();
    _exit(0);
  };
  EXPECT_EXIT(run_with_alarm(), ::testing::KilledBySignal(SIGALRM), "");
}

}  // namespace
}  // namespace huidu::engine::faulty
