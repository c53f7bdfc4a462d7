#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
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

#define HUIDU_LOAD(loaded, options)                       \
  auto loaded##_or = testing::TryLoad("paddle", options); \
  ASSERT_TRUE(loaded##_or.ok()) << loaded##_or.status();  \
  LoadedModel& loaded = *loaded##_or

LoadOptions Ocr() { return Files(Format::kPaddle, ModelFolder("ocr_v2"), "inference.pdmodel", "inference.pdiparams"); }

TEST(PaddleEngineTest, SaysWhichVersionItIs) {
  const auto engine = OpenEngine("paddle");
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_EQ((*engine)->version(), "3.3.1");
}

TEST(PaddleEngineTest, RunsPpOcrV4WithTheKnownAnswer) {
  HUIDU_SKIP_WITHOUT_MODEL("ocr_v2");
  HUIDU_LOAD(ocr, Ocr());
  const Signature& signature = ocr.model->signature();
  EXPECT_EQ(signature.platform, "paddle_inference");
  EXPECT_EQ(signature.inputs[0].name, "x");
  EXPECT_THAT(signature.inputs[0].shape, ElementsAre(-1, 3, 48, -1));
  EXPECT_EQ(signature.outputs[0].name, "softmax_11.tmp_0");
  EXPECT_THAT(signature.outputs[0].shape, ElementsAre(-1, -1, 6625));
  const auto picture = testing::TestPicture(3 * 48 * 320);
  ASSERT_EQ(ocr.Run({ViewOf(DataType::kFp32, {1, 3, 48, 320}, picture)}), absl::OkStatus());
  testing::ExpectOcrV4Answers(ocr.sink);
}

TEST(PaddleEngineTest, TakesEveryWidthAndBatch) {
  HUIDU_SKIP_WITHOUT_MODEL("ocr_v2");
  HUIDU_LOAD(ocr, Ocr());
  for (const auto& [batch, width] : {std::pair<int64_t, int64_t>{1, 320}, {2, 64}, {1, 512}, {1, 320}}) {
    const auto picture = testing::TestPicture(static_cast<size_t>(batch * 3 * 48 * width));
    ASSERT_EQ(ocr.Run({ViewOf(DataType::kFp32, {batch, 3, 48, width}, picture)}), absl::OkStatus());
    EXPECT_THAT(ocr.sink.at(0).shape, ElementsAre(batch, width / 8, 6625));
  }
}

TEST(PaddleEngineTest, ComputesTheSameInEveryFormat) {
  HUIDU_SKIP_WITHOUT_MODEL("mlp_static_v1");
  LoadOptions parts = Files(Format::kPaddleSeparate, ModelFolder("mlp_parts_v1"), "__model__");
  parts.parameter_files = {"linear_0.w_0", "linear_0.b_0", "linear_1.w_0", "linear_1.b_0"};
  const std::vector<LoadOptions> formats = {
      Files(Format::kPaddle, ModelFolder("mlp_static_v1"), "inference.pdmodel", "inference.pdiparams"),
      Files(Format::kPaddle, ModelFolder("mlp_dynamic_v1"), "inference.pdmodel", "inference.pdiparams"),
      Files(Format::kPaddleCombined, ModelFolder("mlp_combined_v1"), "__model__", "__params__"),
      Files(Format::kPaddlePir, ModelFolder("mlp_paddle3_v1"), "inference.json", "inference.pdiparams"),
      parts,
  };
  for (const LoadOptions& options : formats) {
    SCOPED_TRACE(options.program_file);
    HUIDU_LOAD(mlp, options);
    testing::ExpectMlpAnswers(mlp, 2);
    testing::ExpectMlpAnswers(mlp, 1);
  }
}

// The front's memory is mapped read-only in a worker: a network that writes over its input must not do it there.
TEST(PaddleEngineTest, ReadsItsInputFromReadOnlyMemory) {
  HUIDU_SKIP_WITHOUT_MODEL("mlp_static_v1");
  HUIDU_LOAD(mlp, Files(Format::kPaddle, ModelFolder("mlp_static_v1"), "inference.pdmodel", "inference.pdiparams"));
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  const size_t bytes = testing::kMlpInput.size() * sizeof(float);
  std::memcpy(page, testing::kMlpInput.data(), bytes);
  ASSERT_EQ(mprotect(page, 4096, PROT_READ), 0);
  const std::span<const std::byte> data(static_cast<const std::byte*>(page), bytes);
  EXPECT_EQ(mlp.Run({{.type = DataType::kFp32, .shape = {2, 8}, .data = data}}), absl::OkStatus());
  EXPECT_NEAR(mlp.sink.Values<float>(0)[3], testing::kMlpOutput[3], 1e-5);
  munmap(page, 4096);
}

TEST(PaddleEngineTest, InstancesRunAtTheSameTimeAndDoNotMixTheirAnswers) {
  HUIDU_SKIP_WITHOUT_MODEL("ocr_v2");
  LoadOptions options = Ocr();
  options.instances = 2;
  HUIDU_LOAD(ocr, options);
  auto other = ocr.model->NewInstance();
  ASSERT_TRUE(other.ok()) << other.status();
  const auto picture = testing::TestPicture(3 * 48 * 320);
  const std::vector<float> black(3 * 48 * 320, 0);
  const auto sums = [](Instance& instance, const std::vector<float>& input) {
    std::vector<double> results;
    for (int i = 0; i < 5; ++i) {
      testing::CollectingSink sink;
      if (!instance.Run({{ViewOf(DataType::kFp32, {1, 3, 48, 320}, input)}}, sink).ok()) return std::vector<double>{};
      results.push_back(testing::SumOfSquares(sink.Values<float>(0)));
    }
    return results;
  };
  std::vector<double> of_black;
  std::thread thread([&] { of_black = sums(**other, black); });
  const std::vector<double> of_picture = sums(*ocr.instance, picture);
  thread.join();
  EXPECT_THAT(of_picture, ::testing::AllOf(::testing::SizeIs(5), ::testing::Each(::testing::DoubleNear(20.833, 1e-3))));
  EXPECT_THAT(of_black, ::testing::AllOf(::testing::SizeIs(5), ::testing::Each(::testing::DoubleNear(24.601, 1e-3))));
}

TEST(PaddleEngineTest, AnInstanceThatEndsTakesNothingFromTheOthers) {
  HUIDU_SKIP_WITHOUT_MODEL("mlp_static_v1");
  HUIDU_LOAD(mlp, Files(Format::kPaddle, ModelFolder("mlp_static_v1"), "inference.pdmodel", "inference.pdiparams"));
  for (int i = 0; i < 2; ++i) {
    auto other = mlp.model->NewInstance();
    ASSERT_TRUE(other.ok());
    testing::CollectingSink sink;
    ASSERT_EQ((*other)->Run({{ViewOf(DataType::kFp32, {2, 8}, testing::kMlpInput)}}, sink), absl::OkStatus());
    other->reset();
    testing::ExpectMlpAnswers(mlp);
  }
}

class LacTest : public ::testing::Test {
 protected:
  static LoadOptions Lac() {
    LoadOptions options = Files(Format::kPaddleSeparate, ModelFolder("lac_v1"), "__model__");
    options.lod_inputs = {"words"};
    return options;
  }
};

TEST_F(LacTest, TagsSentencesWhichItTellsApartByTheirOffsets) {
  HUIDU_SKIP_WITHOUT_MODEL("lac_v1");
  HUIDU_LOAD(lac, Lac());
  ASSERT_EQ(lac.model->signature().inputs.size(), 1u);
  EXPECT_EQ(lac.model->signature().inputs[0].name, "words");
  EXPECT_EQ(lac.model->signature().inputs[0].lod_level, 1);
  EXPECT_EQ(lac.model->signature().inputs[0].type, DataType::kInt64);
  EXPECT_EQ(lac.model->signature().outputs[0].type, DataType::kInt64) << "the program says FP32, which is wrong";
  const std::vector<int64_t> words = {100, 2000, 300, 40, 5000, 600, 70, 8000};
  const auto tags = [&](size_t from, size_t to, std::vector<uint64_t> lod) {
    tensor::View view = ViewOf(DataType::kInt64, {static_cast<int64_t>(to - from), 1}, words);
    view.data = view.data.subspan(from * 8, (to - from) * 8);
    view.lod = std::move(lod);
    const absl::Status status = lac.Run({view});
    EXPECT_EQ(status, absl::OkStatus());
    return status.ok() ? lac.sink.Values<int64_t>(0) : std::vector<int64_t>{};
  };
  const auto first = tags(0, 3, {});
  const auto second = tags(3, 8, {});
  EXPECT_EQ(first.size(), 3u);
  std::vector<int64_t> apart = first;
  apart.insert(apart.end(), second.begin(), second.end());
  EXPECT_EQ(tags(0, 8, {0, 3, 8}), apart);
  EXPECT_EQ(tags(0, 3, {0, 3}), first);
}

TEST_F(LacTest, RefusesOffsetsThatDoNotFitTheRows) {
  HUIDU_SKIP_WITHOUT_MODEL("lac_v1");
  HUIDU_LOAD(lac, Lac());
  const std::vector<int64_t> words = {100, 2000, 300};
  for (const std::vector<uint64_t>& lod : {std::vector<uint64_t>{0, 4}, {0, 2}, {1, 3}, {0, 2, 1, 3}, {0}, {3, 0}}) {
    tensor::View view = ViewOf(DataType::kInt64, {3, 1}, words);
    view.lod = lod;
    EXPECT_EQ(lac.Run({view}).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(LacTest, FailsForAWordThatTheModelDoesNotHaveAndGoesOnAfterwards) {
  HUIDU_SKIP_WITHOUT_MODEL("lac_v1");
  HUIDU_LOAD(lac, Lac());
  const std::vector<int64_t> good = {100, 2000, 300}, bad = {100, 100'000'000, 300};
  ASSERT_EQ(lac.Run({ViewOf(DataType::kInt64, {3, 1}, good)}), absl::OkStatus());
  const auto answer = lac.sink.at(0).data;
  lac.sink = {};
  const absl::Status status = lac.Run({ViewOf(DataType::kInt64, {3, 1}, bad)});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(status.ToString(), HasSubstr("the model failed: InvalidArgumentError: Variable value (input) of OP"));
  EXPECT_EQ(lac.sink.size(), 0u) << "an answer was given although the operator failed";
  ASSERT_EQ(lac.Run({ViewOf(DataType::kInt64, {3, 1}, good)}), absl::OkStatus());
  EXPECT_EQ(lac.sink.at(0).data, answer);
}

TEST_F(LacTest, RefusesALodInputThatIsNone) {
  HUIDU_SKIP_WITHOUT_MODEL("lac_v1");
  LoadOptions options = Lac();
  options.lod_inputs = {"letters"};
  EXPECT_THAT(testing::TryLoad("paddle", options).status().ToString(),
              HasSubstr("'letters' is no input of the model, which has: words"));
}

TEST(PaddleEngineTest, RefusesWhatIsMissing) {
  const TemporaryFolder folder;
  folder.Write("inference.pdmodel", "\n");
  const absl::Status no_params =
      testing::TryLoad("paddle", Files(Format::kPaddle, folder.path(), "inference.pdmodel", "inference.pdiparams"))
          .status();
  EXPECT_EQ(no_params.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(no_params.ToString(), HasSubstr("inference.pdiparams: No such file or directory"));
  LoadOptions parts = Files(Format::kPaddleSeparate, folder.path(), "inference.pdmodel");
  parts.parameter_files = {"w_0"};
  EXPECT_THAT(testing::TryLoad("paddle", parts).status().ToString(), HasSubstr("w_0: No such file or directory"));
  EXPECT_THAT(testing::TryLoad("paddle", Files(Format::kOnnx, folder.path(), "model.onnx")).status().ToString(),
              HasSubstr("use openvino for this one"));
}

TEST(PaddleEngineTest, RefusesAProgramThatIsNoneOrIsCutOff) {
  HUIDU_SKIP_WITHOUT_MODEL("ocr_v2");
  const TemporaryFolder folder;
  folder.Write("inference.pdiparams", "parameters");
  const LoadOptions options = Files(Format::kPaddle, folder.path(), "inference.pdmodel", "inference.pdiparams");
  folder.Write("inference.pdmodel", "this is no model at all");
  EXPECT_THAT(testing::TryLoad("paddle", options).status().ToString(), HasSubstr("this is no Paddle program"));
  std::ifstream whole(Ocr().program_file, std::ios::binary);
  std::string half(50000, '\0');
  whole.read(half.data(), static_cast<std::streamsize>(half.size()));
  folder.Write("inference.pdmodel", half);
  const absl::Status status = testing::TryLoad("paddle", options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("inference.pdmodel: (InvalidArgument) Failed to parse program_desc"));
}

TEST(PaddleEngineTest, SaysWhatToInstallForAGpu) {
  HUIDU_SKIP_WITHOUT_MODEL("ocr_v2");
  LoadOptions options = Ocr();
  options.use_gpu = true;
  const absl::Status status = testing::TryLoad("paddle", options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.ToString(), HasSubstr("3.3.1, CPU) has no CUDA: install paddlepaddle-gpu"));
}

}  // namespace
}  // namespace huidu::engine
