#include "cli/infer/answer_text.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/strings.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using tensor::DataType;
using testing::HasSubstr;

NamedTensor Floats(tensor::Shape shape, const std::vector<float>& values) {
  std::string data(values.size() * sizeof(float), '\0');
  std::memcpy(data.data(), values.data(), data.size());
  return {"out", DataType::kFp32, std::move(shape), std::move(data)};
}

TEST(AnswerTextTest, ShowsTheFirstValues) {
  EXPECT_EQ(OutputText(Floats({2}, {0.5f, -1})), "out FP32 [2]: 0.5, -1");
  EXPECT_EQ(OutputText(Floats({9}, {1, 2, 3, 4, 5, 6, 7, 8, 9})), "out FP32 [9]: 1, 2, 3, 4, 5, 6, 7, 8, …");
  EXPECT_EQ(OutputText({"s", DataType::kBytes, {1}, std::string("\2\0\0\0\033x", 6)}), R"(s BYTES [1]: "\u001bx")");
  EXPECT_EQ(OutputText({"h", DataType::kFp16, {2}, std::string("\x00\x3c\x00\xc0", 4)}), "h FP16 [2]: 1, -2");
}

TEST(AnswerTextTest, ReadsTextFromARecognitionOutput) {
  const Labels labels = ParseLabels("灰\n度\n");
  const auto text = ReadText(Floats({1, 2, 3}, {0, 1, 0, 0, 0, 1}), labels);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(text->text, "灰度");
  EXPECT_FALSE(ReadText(Floats({2, 3}, {0, 1, 0, 0, 0, 1}), labels).ok());
  EXPECT_THAT(std::string(Text(ReadText(Floats({1, 1, 6}, {0, 1, 0, 0, 0, 1}), labels).status())),
              HasSubstr("6 classes, the labels file 2 lines"));
}

TEST(AnswerTextTest, WritesFilesByTheirEnding) {
  const InferAnswer answer{"v2", {Floats({1}, {0.5f})}};
  EXPECT_THAT(*OutputFile(answer, "x.npy"), HasSubstr("NUMPY"));
  EXPECT_THAT(*OutputFile(answer, "x.json"), HasSubstr(R"("data":[0.5])"));
  EXPECT_FALSE(OutputFile(answer, "x.txt").ok());
  EXPECT_FALSE(OutputFile({}, "x.npy").ok());
}

}  // namespace
}  // namespace huidu::cli
