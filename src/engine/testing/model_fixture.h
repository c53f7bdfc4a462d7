#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/testing/collecting_sink.h"

namespace huidu::engine::testing {

// The folder of a model that tools/setup prepares; empty if it is not there, and then the test is to be skipped.
inline std::string ModelFolder(const std::string& name) {
  for (const char* collection : {"models", "models-small"}) {
    const auto folder = std::filesystem::path(HUIDU_TEST_MODELS) / collection / name;
    if (std::filesystem::exists(folder)) return folder.lexically_normal().string();
  }
  return "";
}

#define HUIDU_SKIP_WITHOUT_MODEL(name)                                                              \
  if (::huidu::engine::testing::ModelFolder(name).empty()) {                                        \
    GTEST_SKIP() << "the model " << name << " is not there: run tools/setup to prepare the models"; \
  }

// A folder of the test's own, gone when it ends.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = ::testing::TempDir() + "/huidu_engine_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string path() const { return path_; }
  // The full path of a file in it, written with `content`.
  std::string Write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << content;
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

// A loaded model with one instance, run with tensors that the test gives.
struct LoadedModel {
  std::unique_ptr<Model> model;
  std::unique_ptr<Instance> instance;
  CollectingSink sink;

  absl::Status Run(const std::vector<tensor::View>& inputs) { return instance->Run(inputs, sink); }
};

inline absl::StatusOr<LoadedModel> TryLoad(const std::string& engine_name, const LoadOptions& options) {
  absl::StatusOr<Engine*> engine = OpenEngine(engine_name);
  if (!engine.ok()) return engine.status();
  absl::StatusOr<std::unique_ptr<Model>> model = (*engine)->Load(options);
  if (!model.ok()) return model.status();
  auto instance = (*model)->NewInstance();
  if (!instance.ok()) return instance.status();
  return LoadedModel{*std::move(model), *std::move(instance), {}};
}

inline LoadOptions Files(Format format, const std::string& folder, const std::string& program,
                         const std::string& params = "") {
  return {.directory = folder,
          .format = format,
          .program_file = folder + "/" + program,
          .params_file = params.empty() ? "" : folder + "/" + params};
}

// A picture for the OCR models that is the same everywhere: values from -1 to 1 in a fixed order.
inline std::vector<float> TestPicture(size_t count) {
  std::vector<float> picture(count);
  for (size_t i = 0; i < count; ++i) picture[i] = static_cast<float>(i * 7919 % 256) / 127.5f - 1;
  return picture;
}

inline double SumOfSquares(const std::vector<float>& values) {
  double sum = 0;
  for (float value : values) sum += double{value} * value;
  return sum;
}

// PP-OCRv4 recognition reads TestPicture() as [1,3,48,320]: every engine has to give these numbers, within 1e-4.
inline void ExpectOcrV4Answers(const CollectingSink& sink) {
  struct Answer {
    size_t step, letter;
    float probability;
  };
  constexpr Answer kAnswers[] = {{0, 0, 0.88487f},     {0, 194, 0.00534f},   {5, 0, 0.53419f},
                                 {5, 5461, 0.01786f},  {10, 5461, 0.02096f}, {15, 0, 0.76818f},
                                 {15, 6624, 0.02573f}, {20, 0, 0.81932f},    {25, 6624, 0.00794f},
                                 {30, 5461, 0.05114f}, {35, 0, 0.55874f},    {35, 5461, 0.01910f}};
  constexpr size_t kLetters = 6625;
  ASSERT_EQ(sink.at(0).shape, (tensor::Shape{1, 40, kLetters}));
  const std::vector<float> output = sink.Values<float>(0);
  for (const Answer& answer : kAnswers) {
    EXPECT_NEAR(output[answer.step * kLetters + answer.letter], answer.probability, 1e-4) << "step " << answer.step;
  }
  EXPECT_NEAR(SumOfSquares(output), 20.83302, 1e-3);
}

// The network of tools/models/small_mlp.py with its first two rows, as every engine and format must compute it.
inline const std::vector<float> kMlpInput = {
    0.52482671f, -0.52929211f, 1.39508581f,  -1.68372107f, -1.1276753f, -1.68459189f, -1.94280934f, 0.24230988f,
    1.947963f,   0.93139362f,  -0.91348422f, 1.87723083f,  -1.5982974f, 0.11524494f,  1.2948283f,   -0.64648759f};
inline const std::vector<float> kMlpOutput = {0.03050354f, 0.06145636f, 0.00616047f, 0.90187967f,
                                              3.7e-8f,     0.76403004f, 0.22785275f, 0.00811719f};

inline void ExpectMlpAnswers(LoadedModel& loaded, size_t rows = 2) {
  const std::vector<float> input(kMlpInput.begin(), kMlpInput.begin() + static_cast<ptrdiff_t>(rows * 8));
  const auto shape = tensor::Shape{static_cast<int64_t>(rows), 8};
  ASSERT_EQ(loaded.Run({ViewOf(tensor::DataType::kFp32, shape, input)}), absl::OkStatus());
  ASSERT_EQ(loaded.sink.at(0).shape, (tensor::Shape{static_cast<int64_t>(rows), 4}));
  const std::vector<float> output = loaded.sink.Values<float>(0);
  for (size_t i = 0; i < output.size(); ++i) EXPECT_NEAR(output[i], kMlpOutput[i], 1e-5) << "value " << i;
}

}  // namespace huidu::engine::testing
