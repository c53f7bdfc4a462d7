#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/testing/model_fixture.h"

namespace huidu::engine {
namespace {

using tensor::DataType;
using ::testing::ElementsAre;
using testing::Files;
using ::testing::HasSubstr;
using testing::LoadedModel;
using testing::ModelFolder;
using testing::TemporaryFolder;
using testing::ViewOf;

// A model that can be loaded is loaded, else the test ends here.
#define HUIDU_LOAD(loaded, options)                         \
  auto loaded##_or = testing::TryLoad("openvino", options); \
  ASSERT_TRUE(loaded##_or.ok()) << loaded##_or.status();    \
  LoadedModel& loaded = *loaded##_or

TEST(OpenVinoEngineTest, RunsPpOcrV4FromPaddleFilesWithTheKnownAnswer) {
  HUIDU_SKIP_WITHOUT_MODEL("ocr_v2");
  HUIDU_LOAD(ocr, Files(Format::kPaddle, ModelFolder("ocr_v2"), "inference.pdmodel", "inference.pdiparams"));
  const Signature& signature = ocr.model->signature();
  EXPECT_EQ(signature.platform, "openvino_paddle");
  EXPECT_EQ(signature.inputs[0].name, "x");
  EXPECT_THAT(signature.inputs[0].shape, ElementsAre(-1, 3, 48, -1));
  EXPECT_EQ(signature.outputs[0].name, "softmax_11.tmp_0");
  EXPECT_THAT(signature.outputs[0].shape, ElementsAre(-1, -1, 6625));
  const auto picture = testing::TestPicture(3 * 48 * 320);
  ASSERT_EQ(ocr.Run({ViewOf(DataType::kFp32, {1, 3, 48, 320}, picture)}), absl::OkStatus());
  testing::ExpectOcrV4Answers(ocr.sink);
}

TEST(OpenVinoEngineTest, RunsPpOcrV3FromOnnxInEveryWidth) {
  HUIDU_SKIP_WITHOUT_MODEL("ocr_v1");
  HUIDU_LOAD(ocr, Files(Format::kOnnx, ModelFolder("ocr_v1"), "inference.onnx"));
  EXPECT_EQ(ocr.model->signature().platform, "openvino_onnx");
  EXPECT_EQ(ocr.model->signature().outputs[0].name, "softmax_5.tmp_0");
  for (const int64_t width : {320, 64, 512, 320}) {
    const auto picture = testing::TestPicture(static_cast<size_t>(3 * 48 * width));
    ASSERT_EQ(ocr.Run({ViewOf(DataType::kFp32, {1, 3, 48, width}, picture)}), absl::OkStatus());
    EXPECT_THAT(ocr.sink.at(0).shape, ElementsAre(1, width / 8, 6625));
  }
}

TEST(OpenVinoEngineTest, BlamesTheRequestForAnEmptyPictureAndNotTheModel) {
  HUIDU_SKIP_WITHOUT_MODEL("ocr_v1");
  HUIDU_LOAD(ocr, Files(Format::kOnnx, ModelFolder("ocr_v1"), "inference.onnx"));
  const absl::Status status = ocr.Run({{.type = DataType::kFp32, .shape = {0, 3, 48, 320}, .data = {}}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
}

TEST(OpenVinoEngineTest, ComputesTheSameInEveryFormat) {
  HUIDU_SKIP_WITHOUT_MODEL("mlp_onnx_v1");
  const std::vector<LoadOptions> formats = {
      Files(Format::kOnnx, ModelFolder("mlp_onnx_v1"), "model.onnx"),
      Files(Format::kOpenVinoIr, ModelFolder("mlp_ir_v1"), "model.xml", "model.bin"),
      Files(Format::kPaddle, ModelFolder("mlp_static_v1"), "inference.pdmodel", "inference.pdiparams"),
      Files(Format::kPaddle, ModelFolder("mlp_dynamic_v1"), "inference.pdmodel", "inference.pdiparams"),
      Files(Format::kPaddleCombined, ModelFolder("mlp_combined_v1"), "__model__", "__params__"),
  };
  for (const LoadOptions& options : formats) {
    SCOPED_TRACE(options.program_file);
    HUIDU_LOAD(mlp, options);
    testing::ExpectMlpAnswers(mlp, 2);
    testing::ExpectMlpAnswers(mlp, 1);
  }
}

// Every combination of instances and threads takes another path inside OpenVINO.
class FailingOperatorTest : public ::testing::TestWithParam<std::pair<int, int>> {
 protected:
  static LoadOptions Options() {
    LoadOptions options = Files(Format::kOnnx, ModelFolder("reshape_v1"), "model.onnx");
    options.instances = GetParam().first;
    options.threads_per_instance = GetParam().second;
    return options;
  }
};

TEST_P(FailingOperatorTest, IsAnErrorAndNeverTheAnswerOfTheRequestBefore) {
  HUIDU_SKIP_WITHOUT_MODEL("reshape_v1");
  HUIDU_LOAD(reshape, Options());
  const std::vector<float> first(16, 1), second(16, 2), third(16, 3);
  const std::vector<int64_t> good = {4, 4}, bad = {3, 4};
  const auto run = [&](const std::vector<float>& x, const std::vector<int64_t>& shape) {
    reshape.sink = {};
    return reshape.Run({ViewOf(DataType::kFp32, {1, 16}, x), ViewOf(DataType::kInt64, {2}, shape)});
  };
  ASSERT_EQ(run(first, good), absl::OkStatus());
  EXPECT_EQ(reshape.sink.Values<float>(0), first);
  EXPECT_EQ(run(second, bad).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(reshape.sink.size(), 0u) << "an answer was given although the operator failed";
  ASSERT_EQ(run(third, good), absl::OkStatus());
  EXPECT_EQ(reshape.sink.Values<float>(0), third);
}

TEST_P(FailingOperatorTest, FailsAgainForTheSameInput) {
  HUIDU_SKIP_WITHOUT_MODEL("reshape_v1");
  HUIDU_LOAD(reshape, Options());
  const std::vector<float> x(16, 1);
  const std::vector<int64_t> good = {4, 4}, bad = {5, 5};
  const auto run = [&](const std::vector<int64_t>& shape) {
    reshape.sink = {};
    return reshape.Run({ViewOf(DataType::kFp32, {1, 16}, x), ViewOf(DataType::kInt64, {2}, shape)});
  };
  ASSERT_EQ(run(good), absl::OkStatus());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(run(bad).code(), absl::StatusCode::kInternal);
    EXPECT_EQ(reshape.sink.size(), 0u);
  }
  ASSERT_EQ(run(good), absl::OkStatus());
  EXPECT_EQ(reshape.sink.at(0).shape, tensor::Shape({4, 4}));
}

TEST_P(FailingOperatorTest, FailsAgainBeforeTheModelHasAnsweredAnything) {
  HUIDU_SKIP_WITHOUT_MODEL("reshape_v1");
  HUIDU_LOAD(reshape, Options());
  const std::vector<float> x(16, 1);
  const std::vector<int64_t> bad = {5, 5};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(reshape.Run({ViewOf(DataType::kFp32, {1, 16}, x), ViewOf(DataType::kInt64, {2}, bad)}).code(),
              absl::StatusCode::kInternal);
    EXPECT_EQ(reshape.sink.size(), 0u);
  }
}

// Every instance on a thread of its own, as the worker runs them.
TEST_P(FailingOperatorTest, FailsInEveryInstanceAndInNoOther) {
  HUIDU_SKIP_WITHOUT_MODEL("reshape_v1");
  HUIDU_LOAD(reshape, Options());
  const std::vector<std::vector<int64_t>> good = {{4, 4}, {2, 8}, {16, 1}}, bad = {{5, 5}, {3, 4}, {5, 5}};
  std::vector<std::unique_ptr<Instance>> instances;
  for (int t = 0; t < GetParam().first; ++t) {
    auto instance = reshape.model->NewInstance();
    ASSERT_TRUE(instance.ok()) << instance.status();
    instances.push_back(*std::move(instance));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < GetParam().first; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 300; ++i) {
        const std::vector<float> x(16, static_cast<float>(1000 * t + static_cast<int>(i)));
        const std::vector<int64_t>& shape = i % 5 < 2 ? good[i % 3] : bad[i % 3];
        testing::CollectingSink sink;
        const absl::Status status =
            instances[t]->Run({{ViewOf(DataType::kFp32, {1, 16}, x), ViewOf(DataType::kInt64, {2}, shape)}}, sink);
        ASSERT_EQ(status.ok(), i % 5 < 2) << "request " << i << ": " << status;
        if (!status.ok()) continue;
        ASSERT_EQ(sink.at(0).shape, shape);
        ASSERT_EQ(sink.Values<float>(0), x);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(InstancesAndThreads, FailingOperatorTest,
                         ::testing::Values(std::pair{1, 1}, std::pair{1, 2}, std::pair{2, 1}, std::pair{2, 2},
                                           std::pair{4, 1}));

TEST(OpenVinoEngineTest, ReadsTheInputAnewThoughItsAddressIsTheSame) {
  HUIDU_SKIP_WITHOUT_MODEL("add_v1");
  HUIDU_LOAD(add, Files(Format::kOnnx, ModelFolder("add_v1"), "model.onnx"));
  std::vector<float> x(16, 1);
  for (const float value : {1.f, 5.f, -3.f}) {
    x.assign(16, value);
    ASSERT_EQ(add.Run({ViewOf(DataType::kFp32, {1, 16}, x)}), absl::OkStatus());
    EXPECT_THAT(add.sink.Values<float>(0), ::testing::Each(value + 1));
  }
}

TEST(OpenVinoEngineTest, LeavesOutWhatNobodyWants) {
  HUIDU_SKIP_WITHOUT_MODEL("pair_v1");
  HUIDU_LOAD(pair, Files(Format::kOnnx, ModelFolder("pair_v1"), "model.onnx"));
  const std::vector<float> a = {5, 6, 7, 8}, b = {1, 2, 3, 4};
  pair.sink.WantOnly(1);
  ASSERT_EQ(pair.Run({ViewOf(DataType::kFp32, {1, 4}, a), ViewOf(DataType::kFp32, {1, 4}, b)}), absl::OkStatus());
  EXPECT_EQ(pair.sink.size(), 1u);
  EXPECT_THAT(pair.sink.Values<float>(1), ElementsAre(4, 4, 4, 4));
}

TEST(OpenVinoEngineTest, InstancesRunSideBySideWithTheirOwnMemory) {
  HUIDU_SKIP_WITHOUT_MODEL("add_v1");
  LoadOptions options = Files(Format::kOnnx, ModelFolder("add_v1"), "model.onnx");
  options.instances = 2;
  HUIDU_LOAD(add, options);
  auto other = add.model->NewInstance();
  ASSERT_TRUE(other.ok());
  const std::vector<float> ones(16, 1), tens(16, 10);
  testing::CollectingSink other_sink;
  ASSERT_EQ(add.Run({ViewOf(DataType::kFp32, {1, 16}, ones)}), absl::OkStatus());
  ASSERT_EQ((*other)->Run({{ViewOf(DataType::kFp32, {1, 16}, tens)}}, other_sink), absl::OkStatus());
  EXPECT_THAT(add.sink.Values<float>(0), ::testing::Each(2.f));
  EXPECT_THAT(other_sink.Values<float>(0), ::testing::Each(11.f));
}

TEST(OpenVinoEngineTest, CachesTheCompiledModelWhereItMay) {
  HUIDU_SKIP_WITHOUT_MODEL("mlp_onnx_v1");
  const TemporaryFolder cache;
  LoadOptions options = Files(Format::kOnnx, ModelFolder("mlp_onnx_v1"), "model.onnx");
  options.cache_directory = cache.path();
  for (int i = 0; i < 2; ++i) {
    HUIDU_LOAD(mlp, options);
    testing::ExpectMlpAnswers(mlp);
    EXPECT_FALSE(std::filesystem::is_empty(cache.path()));
  }
}

TEST(OpenVinoEngineTest, RefusesWhatIsMissingOrIsNoModel) {
  const TemporaryFolder folder;
  const auto load_error = [&](const LoadOptions& options) { return testing::TryLoad("openvino", options).status(); };
  const absl::Status missing = load_error(Files(Format::kOnnx, folder.path(), "model.onnx"));
  EXPECT_EQ(missing.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(missing.ToString(), HasSubstr("model.onnx: No such file or directory"));

  folder.Write("model.onnx", "this is no model at all");
  const absl::Status garbage = load_error(Files(Format::kOnnx, folder.path(), "model.onnx"));
  EXPECT_EQ(garbage.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(garbage.ToString(), HasSubstr("model.onnx: "));

  folder.Write("inference.pdmodel", "this is no model at all");
  folder.Write("inference.pdiparams", "nor are these parameters");
  EXPECT_EQ(load_error(Files(Format::kPaddle, folder.path(), "inference.pdmodel", "inference.pdiparams")).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      load_error(Files(Format::kPaddleCombined, folder.path(), "inference.pdmodel", "inference.pdiparams")).code(),
      absl::StatusCode::kInvalidArgument);
}

TEST(OpenVinoEngineTest, SaysWhichFormatsAndDevicesItDoesNotHave) {
  const TemporaryFolder folder;
  folder.Write("__model__", "x");
  EXPECT_THAT(
      testing::TryLoad("openvino", Files(Format::kPaddleSeparate, folder.path(), "__model__")).status().ToString(),
      HasSubstr("use the paddle engine"));
  LoadOptions gpu = Files(Format::kOnnx, folder.path(), "model.onnx");
  gpu.use_gpu = true;
  EXPECT_EQ(testing::TryLoad("openvino", gpu).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace huidu::engine
