#include "front/router/payload.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/strings.h"

namespace huidu::front {
namespace {

using tensor::DataType;

std::shared_ptr<Servable> MakeServable() {
  engine::Signature signature;
  signature.inputs = {{.name = "x", .type = DataType::kFp32, .shape = {-1, 4}},
                      {.name = "words", .type = DataType::kInt64, .shape = {-1, 1}, .lod_level = 1},
                      {.name = "text", .type = DataType::kBytes, .shape = {1}}};
  signature.outputs = {{.name = "y"}, {.name = "z"}};
  return std::make_shared<Servable>("m", "v1", std::move(signature), *ipc::Arena::Create("test", 1 << 16, true));
}

std::vector<InputDescription> Good() {
  return {{.name = "words", .datatype = "INT64", .shape = {3, 1}, .bytes = 24, .lod = {0, 1, 3}},
          {.name = "x", .datatype = "FP32", .shape = {2, 4}, .bytes = 32},
          {.name = "text", .datatype = "BYTES", .shape = {1}, .bytes = 6}};
}

std::string Refusal(const std::vector<InputDescription>& inputs, std::vector<std::string_view> outputs = {}) {
  const auto servable = MakeServable();
  const auto payload = NewPayload(*servable, inputs, outputs);
  if (payload.ok()) return "accepted";
  EXPECT_EQ(servable->requests().bytes_in_use(), 0u);
  return std::string(Text(payload.status()));
}

TEST(PayloadTest, MapsNamesToTheModelsOrderAndAlignsEachTensor) {
  const auto servable = MakeServable();
  const std::vector<std::string_view> outputs = {"z"};
  const auto payload = NewPayload(*servable, Good(), outputs);
  ASSERT_TRUE(payload.ok()) << payload.status();
  EXPECT_EQ((*payload)->inputs[0].index, 1);
  EXPECT_EQ((*payload)->inputs[1].index, 0);
  for (const ipc::InputRef& input : (*payload)->inputs) EXPECT_EQ(input.offset % 64, 0u);
  EXPECT_EQ((*payload)->wanted_outputs, std::vector<uint16_t>{1});
}

TEST(PayloadTest, NamesWhatIsWrong) {
  auto inputs = Good();
  inputs[1].name = "y";
  EXPECT_EQ(Refusal(inputs), "input 'y' is unknown: m version v1 takes x, words, text");
  inputs = Good();
  inputs.erase(inputs.begin() + 1);
  EXPECT_EQ(Refusal(inputs), "input 'x' is missing: m version v1 expects FP32 [-1,4]");
  inputs = Good();
  inputs.push_back(inputs[1]);
  EXPECT_EQ(Refusal(inputs), "input 'x' is given twice");
  inputs = Good();
  inputs[1].datatype = "FP64";
  EXPECT_EQ(Refusal(inputs), "input 'x': datatype is FP64, the model expects FP32");
  inputs = Good();
  inputs[1].datatype = "FLOAT";
  EXPECT_EQ(Refusal(inputs), "input 'x': datatype 'FLOAT' is unknown, the model expects FP32");
  inputs = Good();
  inputs[1].bytes = 31;
  EXPECT_EQ(Refusal(inputs), "input 'x': got 31 bytes, but FP32 [2,4] takes 32");
  EXPECT_EQ(Refusal(Good(), {"w"}), "output 'w' is unknown: m version v1 gives y, z");
}

TEST(PayloadTest, RefusesSequencesThatDoNotCoverTheRows) {
  for (std::vector<uint64_t> lod : {std::vector<uint64_t>{0}, {0, 2}, {1, 3}, {0, 4}, {0, 2, 1, 3}}) {
    auto inputs = Good();
    inputs[0].lod = lod;
    EXPECT_NE(Refusal(inputs).find("input 'words': lod"), std::string::npos);
  }
  auto inputs = Good();
  inputs[1].lod = {0, 2};
  EXPECT_EQ(Refusal(inputs), "input 'x': lod was given, but the model takes no sequences here");
}

TEST(PayloadTest, RefusesMoreBytesThanTheArenaHas) {
  const auto servable = MakeServable();
  auto inputs = Good();
  inputs[1].shape = {1 << 20, 4};
  inputs[1].bytes = size_t{1} << 24;
  const auto payload = NewPayload(*servable, inputs, {});
  EXPECT_EQ(payload.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(PayloadTest, ChecksTheLengthsInsideBytesTensors) {
  const auto servable = MakeServable();
  const auto payload = *NewPayload(*servable, Good(), {});
  std::memcpy(InputBytes(*servable, *payload, 2).data(), "\2\0\0\0ab", 6);
  EXPECT_TRUE(CheckContents(*servable, *payload).ok());
  std::memcpy(InputBytes(*servable, *payload, 2).data(), "\3\0\0\0ab", 6);
  EXPECT_EQ(CheckContents(*servable, *payload).code(), absl::StatusCode::kInvalidArgument);
}

TEST(PayloadTest, ParsesLod) {
  EXPECT_EQ(*ParseLod("0,3,5"), (std::vector<uint64_t>{0, 3, 5}));
  for (const char* bad : {"", "0,", "a", "0,-1", "0 ,1", "99999999999999999999"})
    EXPECT_FALSE(ParseLod(bad).ok()) << bad;
}

}  // namespace
}  // namespace huidu::front
