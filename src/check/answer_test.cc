#include "check/answer.h"

#include <gtest/gtest.h>

#include <cstring>

namespace huidu::check {
namespace {

using tensor::DataType;

Answer Texts(const std::vector<std::string>& texts) {
  Output output{.name = "text", .type = DataType::kBytes, .shape = {static_cast<int64_t>(texts.size())}};
  for (const std::string& text : texts) {
    const auto length = static_cast<uint32_t>(text.size());
    const auto* bytes = reinterpret_cast<const std::byte*>(&length);
    output.data.insert(output.data.end(), bytes, bytes + sizeof(length));
    const auto* letters = reinterpret_cast<const std::byte*>(text.data());
    output.data.insert(output.data.end(), letters, letters + text.size());
  }
  return {.outputs = {output}};
}

Answer Floats(tensor::Shape shape, const std::vector<float>& values) {
  Output output{.name = "y", .type = DataType::kFp32, .shape = std::move(shape)};
  output.data.resize(values.size() * sizeof(float));
  std::memcpy(output.data.data(), values.data(), output.data.size());
  return {.outputs = {output}};
}

const Answer kFailed{.status = absl::InternalError("broken")};

TEST(AnswerTest, TextsAreReadLineByLine) { EXPECT_EQ(TextOf(Texts({"姓名", "", "张三"}), {}), "姓名\n\n张三"); }

TEST(AnswerTest, NumbersAreReadAsTheGreatestOfEachRow) {
  EXPECT_EQ(TextOf(Floats({2, 3}, {0, 5, 1, 7, 2, 3}), {}), "1\n0");
  EXPECT_EQ(TextOf(Floats({}, {4}), {}), "0");
}

TEST(AnswerTest, ATextIsAsRightAsItsCharacters) {
  EXPECT_EQ(Score(Texts({"发票号码"}), "发票号码", {}), 1);
  EXPECT_EQ(Score(Texts({"发票号吗"}), "发票号码", {}), 0.75);
  EXPECT_EQ(Score(Texts({"完全不同的很长很长的回答"}), "发票", {}), 0);
  EXPECT_EQ(Score(Texts({"发票号吗"}), "发票号码", {.comparison = Comparison::kExact}), 0);
  EXPECT_EQ(Score(Texts({"姓名", "张三"}), "姓名 张三", {}), 1);
  EXPECT_EQ(Score(kFailed, "发票", {}), 0);
}

TEST(AnswerTest, AClassIsRightOrWrong) {
  EXPECT_EQ(Score(Floats({1, 3}, {0, 5, 1}), "1", {}), 1);
  EXPECT_EQ(Score(Floats({1, 3}, {0, 5, 1}), "2", {}), 0);
}

TEST(AnswerTest, VersionsAgreeWithinTheTolerance) {
  EXPECT_EQ(Agreement(Floats({2}, {1, 2}), Floats({2}, {1.00001F, 2}), {}), 1);
  EXPECT_EQ(Agreement(Floats({2}, {1, 3}), Floats({2}, {1, 2}), {}), 0.5);
  EXPECT_EQ(Agreement(Floats({2}, {1, 2}), Floats({1, 2}, {1, 2}), {}), 0);
  EXPECT_EQ(Agreement(Floats({2}, {1, 3}), Floats({2}, {1, 2}), {.comparison = Comparison::kTop1}), 1);
  EXPECT_EQ(Agreement(Texts({"ab"}), Texts({"ac"}), {}), 0.5);
  EXPECT_EQ(Agreement(kFailed, kFailed, {}), 1);
  EXPECT_EQ(Agreement(kFailed, Texts({"ab"}), {}), 0);
}

TEST(AnswerTest, NumbersOfTwoBytesAreNumbersToo) {
  const auto halves = [](tensor::DataType type, std::vector<uint16_t> bits) {
    Output output{.name = "y", .type = type, .shape = {1, static_cast<int64_t>(bits.size())}};
    output.data.resize(bits.size() * sizeof(uint16_t));
    std::memcpy(output.data.data(), bits.data(), output.data.size());
    return Answer{.outputs = {output}};
  };
  const Answer one_two = halves(DataType::kFp16, {0x3c00, 0x4000});
  EXPECT_EQ(TextOf(one_two, {}), "1");
  EXPECT_EQ(Agreement(halves(DataType::kFp16, {0x3c01, 0x4000}), one_two, {}), 1) << "1.00098";
  EXPECT_EQ(Agreement(halves(DataType::kFp16, {0x3c08, 0x4000}), one_two, {}), 0.5) << "1.0078";
  EXPECT_EQ(TextOf(halves(DataType::kBf16, {0x4000, 0x3f80}), {}), "0");
}

TEST(AnswerTest, AShownTextIsCutBetweenCharacters) {
  EXPECT_EQ(ShownText(Texts({"发票号码"}), {}, 7), "发票");
  EXPECT_EQ(ShownText({.status = absl::InternalError("错误")}, {}, 8), "error: ");
}

TEST(AnswerTest, TheJudgedOutputCanBeNamed) {
  Answer answer = Texts({"a"});
  answer.outputs.push_back(Floats({1, 2}, {0, 1}).outputs[0]);
  EXPECT_EQ(TextOf(answer, {}), "a");
  EXPECT_EQ(TextOf(answer, {.output = "y"}), "1");
  EXPECT_EQ(TextOf(answer, {.output = "z"}), "");
}

TEST(AnswerTest, NamesOfComparisons) {
  EXPECT_EQ(*ParseComparison("edit_distance"), Comparison::kEditDistance);
  EXPECT_FALSE(ParseComparison("fuzzy").ok());
}

}  // namespace
}  // namespace huidu::check
