#include "front/http/other_bodies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/strings.h"

namespace huidu::front::rest {
namespace {

using tensor::DataType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

engine::Signature Pictures() {
  return {
      .inputs = {{.name = "image", .type = DataType::kBytes, .shape = {tensor::kDynamic}, .media_type = "image/*"}}};
}

engine::Signature Numbers() {
  return {.inputs = {{.name = "x", .type = DataType::kFp32, .shape = {tensor::kDynamic, 2}}}};
}

TEST(OtherBodiesTest, APictureIsTheOneElementOfTheOneInput) {
  EXPECT_TRUE(IsRawBody("image/png"));
  EXPECT_TRUE(IsRawBody("IMAGE/JPEG; q=1"));
  EXPECT_TRUE(IsRawBody("text/plain; charset=utf-8"));
  EXPECT_FALSE(IsRawBody("application/json"));
  EXPECT_FALSE(IsRawBody(""));
  const auto inputs = RawInput(Pictures(), "image/png", "\x89PNG");
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_EQ(inputs->at(0).description.name, "image");
  EXPECT_EQ(inputs->at(0).description.datatype, "BYTES");
  EXPECT_THAT(inputs->at(0).description.shape, ElementsAre(1));
  EXPECT_EQ(inputs->at(0).bytes, std::string("\4\0\0\0\x89PNG", 8));
}

TEST(OtherBodiesTest, ABodyThatTheVersionHasNoInputForIsA415) {
  const absl::Status text = RawInput(Pictures(), "text/plain", "发票").status();
  EXPECT_EQ(http::StatusOf(text), 415);
  EXPECT_THAT(Text(text), HasSubstr("input 'image' takes image/*, not text/plain"));
  const absl::Status tensors = RawInput(Numbers(), "image/png", "x").status();
  EXPECT_EQ(http::StatusOf(tensors), 415);
  EXPECT_THAT(Text(tensors), HasSubstr("this one takes tensors"));
}

TEST(OtherBodiesTest, WhatIsNeitherKServesNorAnInputIsA415) {
  for (const char* type :
       {"", "application/json; charset=utf-8", "application/octet-stream", "application/x-www-form-urlencoded"}) {
    EXPECT_TRUE(CheckKServeBody(type).ok()) << type;
  }
  const absl::Status xml = CheckKServeBody("application/xml; charset=utf-8");
  EXPECT_EQ(http::StatusOf(xml), 415);
  EXPECT_THAT(Text(xml), HasSubstr("a body of application/xml is not taken"));
  EXPECT_FALSE(CheckKServeBody("multipart/form-data; boundary=x").ok());
}

absl::StatusOr<std::vector<WholeInput>> FromPipeline(const engine::Signature& signature, std::string json) {
  const auto request = ParsePipelineRequest(json);
  return request.ok() ? PipelineInputs(signature, *request) : request.status();
}

TEST(OtherBodiesTest, APipelinesPictureIsBase64) {
  const auto inputs = FromPipeline(Pictures(), R"({"key":["image"],"value":["iVBORw=="],"logid":7})");
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_EQ(inputs->at(0).bytes, std::string("\4\0\0\0\x89PNG", 8));
  // The one input takes any key: PaddleOCR's clients say "image", others "img" or "0".
  EXPECT_EQ(FromPipeline(Pictures(), R"({"key":["0"],"value":["iVBORw=="]})")->at(0).bytes, inputs->at(0).bytes);
}

TEST(OtherBodiesTest, APipelinesNumbersAreAListAsText) {
  const auto inputs = FromPipeline(Numbers(), R"({"key":["x"],"value":["[[1, 2.5], [3, 4], [5, 6]]"]})");
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_THAT(inputs->at(0).description.shape, ElementsAre(3, 2));
  float second = 0;
  std::memcpy(&second, inputs->at(0).bytes.data() + sizeof(float), sizeof(float));
  EXPECT_EQ(second, 2.5F);
}

TEST(OtherBodiesTest, WhatIsWrongInAPipelinesRequestIsNamed) {
  const auto fault = [](const engine::Signature& signature, const char* json) {
    return std::string(Text(FromPipeline(signature, json).status()));
  };
  EXPECT_THAT(fault(Pictures(), "[]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(fault(Pictures(), R"({"key":["image"]})"), HasSubstr("got 1 keys and 0 values"));
  EXPECT_THAT(fault(Pictures(), R"({"key":["image"],"value":[1]})"), HasSubstr("value: expected a list of strings"));
  EXPECT_THAT(fault(Pictures(), R"({"key":["image"],"value":["!"]})"),
              HasSubstr("key 'image': expected a picture in base64"));
  EXPECT_THAT(fault(Pictures(), R"({"key":["a","b"],"value":["",""]})"), HasSubstr("key 'a' is no input of the model"));
  EXPECT_THAT(fault(Numbers(), R"({"key":["x"],"value":["[[1,2],[3]]"]})"), HasSubstr("differ in length"));
  EXPECT_THAT(fault(Numbers(), R"({"key":["x"],"value":["7"]})"), HasSubstr("expected a list of FP32"));
  EXPECT_THAT(fault(Numbers(), R"({"key":["x"],"value":["[[1,\"a\"]]"]})"), HasSubstr("input 'x'"));
  const std::string deep(100'000, '[');
  EXPECT_FALSE(FromPipeline(Numbers(), StrCat(R"({"key":["x"],"value":[")", deep, R"("]})")).ok());
}

}  // namespace
}  // namespace huidu::front::rest
