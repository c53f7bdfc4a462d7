// Real models, whole and damaged. They are made by tools/models; where they are not, the tests say
// so and are skipped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "repository/inspect.h"
#include "repository/test_folder.h"

namespace huidu::repository {
namespace {

namespace fs = std::filesystem;
using engine::Format;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class InspectRealTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* folder : {"models/lac_v1", "models/ocr_v2", "models-small/mlp_paddle3_v1"}) {
      if (!fs::exists(Path(folder))) GTEST_SKIP() << Path(folder) << " is missing; run tools/models";
    }
  }
  static std::string Path(const std::string& name) { return std::string(HUIDU_MODELS_ROOT) + "/" + name; }

  static absl::StatusOr<Inspection> InspectFolder(const std::string& path) {
    const auto folder = Discover(path);
    if (!folder.ok()) return folder.status();
    return Inspect(*folder);
  }
  // Copies the model to a folder where it can be damaged.
  void Copy(const std::string& name) {
    for (const auto& entry : fs::directory_iterator(Path(name))) {
      fs::copy(entry.path(), copy_ / entry.path().filename().string(), fs::copy_options::recursive);
    }
    for (const auto& entry : fs::directory_iterator(copy_.path())) {
      fs::permissions(entry.path(), fs::perms::owner_all, fs::perm_options::add);
    }
  }
  void Cut(const std::string& name, uint64_t bytes) {
    fs::resize_file(copy_ / name, fs::file_size(copy_ / name) - bytes);
  }
  std::string Fault() {
    const auto inspection = InspectFolder(copy_.path());
    EXPECT_FALSE(inspection.ok());
    return std::string(inspection.status().message());
  }

  TestFolder copy_;
};

TEST_F(InspectRealTest, PassesEveryModelWithoutAWarning) {
  int models = 0;
  for (const char* root : {"models", "models-small"}) {
    for (const auto& entry : fs::directory_iterator(Path(root))) {
      if (!entry.is_directory() || !LooksLikeVersionFolder(entry.path().string())) continue;
      const auto inspection = InspectFolder(entry.path().string());
      EXPECT_TRUE(inspection.ok()) << inspection.status();
      if (!inspection.ok()) continue;
      EXPECT_THAT(inspection->warnings, IsEmpty()) << entry.path();
      ++models;
    }
  }
  EXPECT_GE(models, 10);
}

TEST_F(InspectRealTest, KnowsWhichEngineReadsWhich) {
  struct Case {
    const char* name;
    Format format;
    std::vector<std::string> engines;
    std::vector<std::string> lod_inputs;
  };
  const std::vector<std::string> both = {"openvino", "paddle"};
  for (const Case& c : std::initializer_list<Case>{
           {"models/ocr_v1", Format::kOnnx, {"openvino"}, {}},
           {"models/ocr_v2", Format::kPaddle, both, {}},
           {"models/lac_v1", Format::kPaddleSeparate, {"paddle"}, {"words"}},
           {"models/lac_rank_v1", Format::kPaddleSeparate, {"paddle"}, {"entity", "word"}},
           {"models-small/mlp_combined_v1", Format::kPaddleCombined, both, {}},
           {"models-small/mlp_paddle3_v1", Format::kPaddlePir, {"paddle"}, {}},
           {"models-small/mlp_ir_v1", Format::kOpenVinoIr, {"openvino"}, {}},
       }) {
    const auto inspection = InspectFolder(Path(c.name));
    ASSERT_TRUE(inspection.ok()) << inspection.status();
    EXPECT_EQ(inspection->format, c.format) << c.name;
    EXPECT_EQ(inspection->engines, c.engines) << c.name;
    EXPECT_EQ(inspection->lod_inputs, c.lod_inputs) << c.name;
  }
}

TEST_F(InspectRealTest, RefusesOcrWithCutParameters) {
  Copy("models/ocr_v2");
  Cut("inference.pdiparams", 1);
  EXPECT_THAT(Fault(), HasSubstr("inference.pdiparams is cut off"));
  fs::resize_file(copy_ / "inference.pdiparams", 5'000'000);
  EXPECT_THAT(Fault(), HasSubstr("inference.pdiparams is cut off"));
  fs::resize_file(copy_ / "inference.pdiparams", 0);
  EXPECT_THAT(Fault(), HasSubstr("0 of 234 parameters are there"));
}

TEST_F(InspectRealTest, RefusesOcrWithParametersOfAnotherModel) {
  Copy("models/ocr_v2");
  fs::copy(Path("models-small/mlp_static_v1/inference.pdiparams"), copy_ / "inference.pdiparams",
           fs::copy_options::overwrite_existing);
  EXPECT_THAT(Fault(), HasSubstr("are both files of the same export?"));
}

TEST_F(InspectRealTest, RefusesOcrWithALongerFile) {
  Copy("models/ocr_v2");
  std::ofstream(copy_ / "inference.pdiparams", std::ios::app) << "more";
  EXPECT_THAT(Fault(), HasSubstr("has 4 bytes more"));
}

TEST_F(InspectRealTest, RefusesOcrWithARandomOrCutProgram) {
  Copy("models/ocr_v2");
  Cut("inference.pdmodel", 1000);
  EXPECT_THAT(Fault(), HasSubstr("inference.pdmodel is not a Paddle program"));
  std::mt19937 random(1);
  std::string noise(100'000, '\0');
  std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>(random()); });
  copy_.Write("inference.pdmodel", noise);
  EXPECT_THAT(Fault(), HasSubstr("inference.pdmodel is not a Paddle program"));
}

TEST_F(InspectRealTest, RefusesLacWithAMissingOrCutParameter) {
  Copy("models/lac_v1");
  Cut("word_emb", 4);
  EXPECT_THAT(Fault(), HasSubstr("parameter 'word_emb': word_emb is cut off"));
  fs::remove(copy_ / "word_emb");
  EXPECT_THAT(Fault(), HasSubstr("the file of parameter 'word_emb' is missing"));
}

TEST_F(InspectRealTest, RefusesACutOnnxModel) {
  Copy("models/ocr_v1");
  Cut("inference.onnx", 100);
  EXPECT_THAT(Fault(), HasSubstr("inference.onnx is not an ONNX model"));
}

TEST_F(InspectRealTest, RefusesADamagedPaddle3Model) {
  Copy("models-small/mlp_paddle3_v1");
  Cut("inference.pdiparams", 8);
  EXPECT_THAT(Fault(), HasSubstr("parameter 'linear_1.w_0': inference.pdiparams is cut off"));
  Cut("inference.json", 8);
  EXPECT_THAT(Fault(), HasSubstr("inference.json is not a Paddle 3 program"));
}

TEST_F(InspectRealTest, RefusesADamagedOpenVinoNetwork) {
  Copy("models-small/mlp_ir_v1");
  Cut("model.bin", 1);
  EXPECT_THAT(Fault(), HasSubstr("model.bin is cut off"));
}

}  // namespace
}  // namespace huidu::repository
