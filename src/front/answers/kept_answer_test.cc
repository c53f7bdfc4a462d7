#include "front/answers/kept_answer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace huidu::front {
namespace {

using tensor::DataType;

const std::vector<tensor::Spec> kSpecs = {{.name = "text", .type = DataType::kBytes},
                                          {.name = "scores", .type = DataType::kFp32}};

std::string Packed(const std::vector<std::string>& texts) {
  std::string bytes;
  for (const std::string& text : texts) {
    const auto length = static_cast<uint32_t>(text.size());
    bytes.append(reinterpret_cast<const char*>(&length), sizeof(length)).append(text);
  }
  return bytes;
}

Output Texts(const std::string& bytes) { return {0, DataType::kBytes, {1}, std::as_bytes(std::span(bytes))}; }
Output Scores(const std::vector<float>& values, tensor::Shape shape) {
  return {1, DataType::kFp32, std::move(shape), std::as_bytes(std::span(values))};
}

KeptOutput Keep(const Output& output, const KeepLimits& limits = {}) {
  return KeepAnswer(kSpecs, std::span(&output, 1), limits)->outputs.at(0);
}

TEST(KeptAnswerTest, KeepsTexts) {
  const std::string bytes = Packed({"发票", "", "abc"});
  const KeptOutput kept = Keep(Texts(bytes));
  EXPECT_EQ(kept.name, "text");
  EXPECT_TRUE(kept.is_text);
  EXPECT_EQ(kept.texts, (std::vector<std::string>{"发票", "", "abc"}));
}

TEST(KeptAnswerTest, KeepsFewNumbersAndThePlaceOfTheGreatestInEachRow) {
  const std::vector<float> values = {0, 3, 1, 9, 2, 9};
  const KeptOutput kept = Keep(Scores(values, {2, 3}));
  EXPECT_EQ(kept.values, (std::vector<double>{0, 3, 1, 9, 2, 9}));
  EXPECT_EQ(kept.greatest, (std::vector<uint32_t>{1, 0}));
  EXPECT_FALSE(Keep(Scores(values, {6, 1})).has_rows());
}

TEST(KeptAnswerTest, OfManyNumbersKeepsThePlacesOnly) {
  std::vector<float> values(2000);
  values[700] = 1;
  values[1001] = 2;
  const KeptOutput kept = Keep(Scores(values, {2, 1000}));
  EXPECT_TRUE(kept.values.empty());
  EXPECT_EQ(kept.greatest, (std::vector<uint32_t>{700, 1}));
}

TEST(KeptAnswerTest, ANaNIsTheGreatest) {
  const std::vector<float> values = {1, std::numeric_limits<float>::quiet_NaN(), 5};
  EXPECT_EQ(Keep(Scores(values, {1, 3})).greatest, (std::vector<uint32_t>{1}));
}

TEST(KeptAnswerTest, LeavesOutWhatIsTooLarge) {
  EXPECT_TRUE(Keep(Texts(Packed({std::string(5000, 'x')}))).left_out);
  const std::string many_small = Packed(std::vector<std::string>(900));
  EXPECT_TRUE(Keep(Texts(many_small)).left_out) << "each element takes more than its bytes";
  const std::vector<float> column(65);
  EXPECT_TRUE(Keep(Scores(column, {65, 1})).left_out);
  const std::vector<float> pairs(4000);
  EXPECT_TRUE(Keep(Scores(pairs, {2000, 2})).left_out);
  EXPECT_TRUE(Keep(Scores(pairs, {1, 4000}), {.max_tensor_bytes = 15'999}).left_out);
  EXPECT_FALSE(Keep(Scores(pairs, {1, 4000}), {.max_tensor_bytes = 16'000}).left_out);
}

TEST(KeptAnswerTest, ManyOutputsTogetherStayWithinTheLimit) {
  const std::string bytes = Packed({std::string(1500, 'x')});
  const std::vector<Output> outputs(4, Texts(bytes));
  const auto kept = KeepAnswer(kSpecs, outputs, {});
  EXPECT_FALSE(kept->outputs[1].left_out);
  EXPECT_TRUE(kept->outputs[3].left_out);
  EXPECT_LE(kept->bytes, 4096 + 4 * sizeof(KeptOutput) + 64);
}

TEST(KeptAnswerTest, BytesThatDoNotFitTheirShapeAreLeftOut) {
  const std::vector<float> values(6);
  EXPECT_TRUE(Keep(Scores(values, {2, 4})).left_out);
  EXPECT_TRUE(Keep(Scores(values, {2, -3})).left_out);
  std::string bytes = Packed({"abc"});
  bytes.pop_back();
  EXPECT_TRUE(Keep(Texts(bytes)).left_out);
  bytes.resize(2);
  EXPECT_TRUE(Keep(Texts(bytes)).left_out);
}

}  // namespace
}  // namespace huidu::front
