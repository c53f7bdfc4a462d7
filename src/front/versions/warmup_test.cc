#include "front/versions/warmup.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "front/router/payload.h"

namespace huidu::front {
namespace {

using tensor::DataType;

std::shared_ptr<Servable> MakeServable(std::vector<tensor::Spec> inputs) {
  engine::Signature signature;
  signature.inputs = std::move(inputs);
  signature.outputs = {{.name = "y"}};
  return std::make_shared<Servable>("m", "v1", std::move(signature), *ipc::Arena::Create("test", 1 << 20, true));
}

TEST(WarmupTest, FillsOpenDimensionsWithTheSizeThatIsTried) {
  const auto servable = MakeServable({{.name = "x", .type = DataType::kFp32, .shape = {-1, 3, 48, -1}}});
  EXPECT_TRUE(HasOpenDimensions(*servable, {}));
  const auto payload = MakeWarmup(*servable, {}, 320);
  ASSERT_TRUE(payload.ok()) << payload.status();
  EXPECT_EQ((*payload)->inputs[0].shape, (tensor::Shape{1, 3, 48, 320}));
  float first = 0;
  std::memcpy(&first, InputBytes(*servable, **payload, 0).data(), sizeof(first));
  EXPECT_EQ(first, 0.5F);
}

TEST(WarmupTest, TakesConfiguredShapesAndSaysWhenTheyDoNotFit) {
  const auto servable = MakeServable({{.name = "x", .type = DataType::kInt64, .shape = {-1, 4}}});
  EXPECT_FALSE(HasOpenDimensions(*servable, {}));
  EXPECT_EQ((*MakeWarmup(*servable, {{"x", {7, 4}}}, 1))->inputs[0].shape, (tensor::Shape{7, 4}));
  const auto wrong = MakeWarmup(*servable, {{"x", {7, 5}}}, 1);
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.status().message().find("shape is [7,5], the model expects [-1,4]"), absl::string_view::npos);
}

TEST(WarmupTest, GivesBytesAndSequencesAValidForm) {
  const auto servable = MakeServable({{.name = "s", .type = DataType::kBytes, .shape = {-1}},
                                      {.name = "words", .type = DataType::kInt64, .shape = {-1, 1}, .lod_level = 1}});
  const auto payload = MakeWarmup(*servable, {}, 32);
  ASSERT_TRUE(payload.ok()) << payload.status();
  EXPECT_TRUE(CheckContents(*servable, **payload).ok());
  EXPECT_EQ((*payload)->inputs[1].shape, (tensor::Shape{4, 1}));
}

TEST(WarmupTest, TakesTheModelsOwnExampleOfAText) {
  const std::string example = "一张很长的增值税专用发票";  // longer than what a string keeps inside itself
  const auto servable = MakeServable({{.name = "s", .type = DataType::kBytes, .shape = {2}, .example = example}});
  const auto payload = MakeWarmup(*servable, {}, 32);
  ASSERT_TRUE(payload.ok()) << payload.status();
  const auto bytes = InputBytes(*servable, **payload, 0);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            std::string("\44\0\0\0", 4) + example + std::string("\44\0\0\0", 4) + example);
}

TEST(WarmupTest, FindsNanAndInfinityInEveryFloatingType) {
  const auto servable = MakeServable({});
  const auto check = [&](DataType type, const auto& values) {
    Output output{.index = 0, .type = type, .shape = {2}, .data = std::as_bytes(std::span(values))};
    return CheckFinite(*servable, {output});
  };
  EXPECT_TRUE(check(DataType::kFp32, std::array{1.0F, -3.0e38F}).ok());
  EXPECT_FALSE(check(DataType::kFp32, std::array{1.0F, std::nanf("")}).ok());
  EXPECT_FALSE(check(DataType::kFp64, std::array{1.0, double{INFINITY}}).ok());
  EXPECT_FALSE(check(DataType::kFp16, std::array<uint16_t, 2>{0x3C00, 0x7E00}).ok());
  EXPECT_TRUE(check(DataType::kFp16, std::array<uint16_t, 2>{0x3C00, 0x7BFF}).ok());
  EXPECT_FALSE(check(DataType::kBf16, std::array<uint16_t, 2>{0x3F80, 0x7F80}).ok());
  EXPECT_TRUE(check(DataType::kInt32, std::array<int32_t, 2>{-1, 0x7F800000}).ok());
  EXPECT_NE(check(DataType::kFp32, std::array{1.0F, std::nanf("")}).message().find("'y' [2] holds NaN"),
            absl::string_view::npos);
}

}  // namespace
}  // namespace huidu::front
