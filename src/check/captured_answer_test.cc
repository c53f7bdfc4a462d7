#include "check/captured_answer.h"

#include <gtest/gtest.h>

#include <cstring>

namespace huidu::check {
namespace {

Sample Kept(const std::string& answer) {
  Sample sample;
  sample.answer = answer;
  return sample;
}

Answer Numbers(std::vector<float> values) {
  Output output{.name = "y", .type = tensor::DataType::kFp32, .shape = {1, static_cast<int64_t>(values.size())}};
  output.data.resize(values.size() * sizeof(float));
  std::memcpy(output.data.data(), values.data(), output.data.size());
  return {.outputs = {std::move(output)}};
}

TEST(CapturedAnswerTest, TensorsAreComparedAsNumbers) {
  const auto answer = CapturedAnswer(Kept(R"([{"name":"softmax","datatype":"FP32","shape":[1,3],"data":[0.1,0.7,0.2]},)"
                                          R"({"name":"n","datatype":"INT64","shape":[1],"data":[-7]}])"));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->outputs.size(), 2u);
  EXPECT_EQ(Agreement(Numbers({0.1f, 0.7f, 0.2f}), *answer, {}), 1) << "another version may name its output otherwise";
  EXPECT_NEAR(Agreement(Numbers({0.1f, 0.6f, 0.3f}), *answer, {}), 1.0 / 3, 1e-9);
  EXPECT_EQ(TextOf(*answer, {}), "1");
}

TEST(CapturedAnswerTest, TextsAreComparedAsText) {
  for (const char* text : {"姓名\n性别", "", "[note] not JSON", "[1, 2]", "[]", R"([{"name":"y"}])"}) {
    const auto answer = CapturedAnswer(Kept(text));
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(TextOf(*answer, {}), text);
    EXPECT_EQ(Score(*answer, text, {}), 1);
  }
}

TEST(CapturedAnswerTest, TensorsOfAnotherSizeThanTheirShapeAreNoTensors) {
  const char* text = R"([{"name":"y","datatype":"FP32","shape":[1,3],"data":[1]}])";
  EXPECT_EQ(TextOf(*CapturedAnswer(Kept(text)), {}), text);
}

TEST(CapturedAnswerTest, WhatWasNotKeptIsNotKnown) { EXPECT_FALSE(CapturedAnswer(Sample()).has_value()); }

}  // namespace
}  // namespace huidu::check
