#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "engine/faulty/faults.h"
#include "engine/faulty/faulty_model.h"
#include "engine/testing/model_fixture.h"

namespace huidu::engine::faulty {
namespace {

using ::testing::Each;
using testing::ViewOf;

// add_v1: y = x + 1, 16 numbers a row.
class FaultyOpenVinoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    HUIDU_SKIP_WITHOUT_MODEL("add_v1");
    setenv(kEnableVariable, "1", 1);
    std::filesystem::copy_file(testing::ModelFolder("add_v1") + "/model.onnx", folder_.path() + "/model.onnx");
  }
  void TearDown() override { unsetenv(kEnableVariable); }

  void Load(const std::string& faults) {
    folder_.Write(kFaultsFile, faults);
    const auto engine = OpenEngine("openvino");
    ASSERT_TRUE(engine.ok()) << engine.status();
    auto real = (*engine)->Load(testing::Files(Format::kOnnx, folder_.path(), "model.onnx"));
    ASSERT_TRUE(real.ok()) << real.status();
    auto model = WithFaults(*std::move(real), folder_.path());
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *std::move(model);
    instance_ = *model_->NewInstance();
  }
  absl::Status Run() { return instance_->Run({{ViewOf(tensor::DataType::kFp32, {1, 16}, values_)}}, sink_); }

  const testing::TemporaryFolder folder_;
  const std::vector<float> values_ = std::vector<float>(16, 4.0f);
  std::unique_ptr<Model> model_;
  std::unique_ptr<Instance> instance_;
  testing::CollectingSink sink_;
};

TEST_F(FaultyOpenVinoTest, AnswersAsTheModelWhereNoFaultIsDue) {
  Load(R"({"error": {"after_requests": 100}})");
  EXPECT_EQ(model_->signature().platform, "openvino_onnx");
  ASSERT_EQ(Run(), absl::OkStatus());
  EXPECT_THAT(sink_.Values<float>(0), Each(5.0f));
}

TEST_F(FaultyOpenVinoTest, FailsAndSpoilsAsTheFileSays) {
  Load(R"({"error": {"at_request": 1}, "degrade": {"how": "multiply", "factor": -2, "at_request": 3}})");
  EXPECT_EQ(Run().code(), absl::StatusCode::kInternal);
  ASSERT_EQ(Run(), absl::OkStatus());
  EXPECT_THAT(sink_.Values<float>(0), Each(5.0f));
  ASSERT_EQ(Run(), absl::OkStatus());
  EXPECT_THAT(sink_.Values<float>(0), Each(-10.0f));
}

TEST_F(FaultyOpenVinoTest, RefusesAModelThatTheRealEngineRefuses) {
  folder_.Write("model.onnx", "no network");
  const auto model = (*OpenEngine("openvino"))->Load(testing::Files(Format::kOnnx, folder_.path(), "model.onnx"));
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument) << model.status();
}

}  // namespace
}  // namespace huidu::engine::faulty
