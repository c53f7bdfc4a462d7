#include "repository/load_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace huidu::repository {
namespace {

using config::Device;
using config::EngineChoice;
using engine::Format;
using ::testing::HasSubstr;

Inspection Of(Format format, std::vector<std::string> engines) {
  Inspection inspection;
  inspection.format = format;
  inspection.engines = std::move(engines);
  return inspection;
}

const Inspection& Onnx() {
  static const Inspection kOnnx = Of(Format::kOnnx, {"openvino"});
  return kOnnx;
}
const Inspection& Paddle2() {
  static const Inspection kPaddle2 = Of(Format::kPaddle, {"openvino", "paddle"});
  return kPaddle2;
}
const Inspection& Lac() {
  static const Inspection kLac = Of(Format::kPaddleSeparate, {"paddle"});
  return kLac;
}

TEST(LoadPlanTest, AutoTakesOpenVinoOnTheCpuWhereItReadsTheFormat) {
  EXPECT_EQ(*ChooseEngine(EngineChoice::kAuto, Device::kCpu, Onnx()), "openvino");
  EXPECT_EQ(*ChooseEngine(EngineChoice::kAuto, Device::kCpu, Paddle2()), "openvino");
  EXPECT_EQ(*ChooseEngine(EngineChoice::kAuto, Device::kCpu, Lac()), "paddle");
}

TEST(LoadPlanTest, AutoTakesPaddleOnTheGpu) {
  EXPECT_EQ(*ChooseEngine(EngineChoice::kAuto, Device::kGpu, Paddle2()), "paddle");
  EXPECT_EQ(*ChooseEngine(EngineChoice::kPaddle, Device::kGpu, Lac()), "paddle");
}

TEST(LoadPlanTest, TheNamedEngineIsTakenIfItReadsTheFormat) {
  EXPECT_EQ(*ChooseEngine(EngineChoice::kPaddle, Device::kCpu, Paddle2()), "paddle");
  EXPECT_EQ(*ChooseEngine(EngineChoice::kFake, Device::kCpu, Of(Format::kFake, {"fake"})), "fake");
  const absl::Status refused = ChooseEngine(EngineChoice::kPaddle, Device::kCpu, Onnx()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(refused.message(),
              HasSubstr("engine paddle does not read an ONNX model; write engine: AUTO or openvino"));
}

TEST(LoadPlanTest, TellsThatSequencesAreTheReason) {
  Inspection inspection = Of(Format::kPaddle, {"paddle"});
  inspection.lod_inputs = {"words"};
  EXPECT_THAT(ChooseEngine(EngineChoice::kOpenVino, Device::kCpu, inspection).status().message(),
              HasSubstr("with sequence (LoD) inputs"));
}

TEST(LoadPlanTest, RefusesOnnxOnTheGpu) {
  for (const EngineChoice choice : {EngineChoice::kAuto, EngineChoice::kPaddle, EngineChoice::kOpenVino}) {
    const absl::Status refused = ChooseEngine(choice, Device::kGpu, Onnx()).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(refused.message(), HasSubstr("device: GPU needs engine PADDLE and a Paddle model"));
  }
}

TEST(LoadPlanTest, HandsConfigurationAndContentToTheEngine) {
  config::ModelConfig model;
  model.name = "ocr";
  model.instances = 3;
  model.threads_per_instance = 2;
  model.cache_dir = "/cache";
  VersionFolder folder;
  folder.directory = "/m/v1";
  folder.format = Format::kPaddleSeparate;
  folder.program_file = "/m/v1/__model__";
  Inspection inspection = Lac();
  inspection.parameter_files = {"w"};
  inspection.lod_inputs = {"words"};
  const auto plan = PlanLoad(model, folder, inspection, 4);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->engine, "paddle");
  EXPECT_EQ(plan->parts[0].options.directory, "/m/v1");
  EXPECT_EQ(plan->parts[0].options.program_file, "/m/v1/__model__");
  EXPECT_EQ(plan->parts[0].options.parameter_files, std::vector<std::string>{"w"});
  EXPECT_EQ(plan->parts[0].options.lod_inputs, std::vector<std::string>{"words"});
  EXPECT_EQ(plan->parts[0].options.instances, 3);
  EXPECT_EQ(plan->parts[0].options.threads_per_instance, 2);
  EXPECT_EQ(plan->parts[0].options.cache_directory, "/cache");
  EXPECT_FALSE(plan->parts[0].options.use_gpu);
}

TEST(LoadPlanTest, TheManifestsEngineCounts) {
  config::ModelConfig model;
  VersionFolder folder;
  folder.manifest.engine = "paddle";
  EXPECT_EQ(PlanLoad(model, folder, Paddle2(), 2)->engine, "paddle");
  model.engine = EngineChoice::kOpenVino;
  EXPECT_THAT(PlanLoad(model, folder, Paddle2(), 2).status().message(), HasSubstr("asks for paddle"));
}

}  // namespace
}  // namespace huidu::repository
