#include "front/http/infer_request.h"

#include <gmock/gmock.h>

#include "base/strings.h"

namespace huidu::front::rest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kInput[] = R"({"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]})";

std::string WithInput(const std::string& input) { return R"({"inputs":[)" + input + "]}"; }

// The error's text; empty if there is none.
std::string ErrorOf(std::string text) {
  const auto request = ParseInferRequest(text);
  EXPECT_TRUE(request.ok() || absl::IsInvalidArgument(request.status()));
  return std::string(Text(request.status()));
}

TEST(InferRequestTest, ReadsAllThatARequestSays) {
  std::string text = R"({
    "id": "r1", "unknown": {"deep": [1, [2, {"a": null}]]},
    "parameters": {"timeout": 1500, "model_version": "v2", "binary_data_output": true, "sequence_id": 7},
    "inputs": [
      {"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [[1, 2], [3, 4]]},
      {"parameters": {"binary_data_size": 16, "lod": "0,1,2"}, "datatype": "INT64", "shape": [2, 1], "name": "y"},
      {"data": ["a"], "name": "z", "shape": [1], "datatype": "BYTES", "parameters": {"lod": [0, 1]}}
    ],
    "outputs": [{"name": "a", "parameters": {"binary_data": false}}, {"name": "b"}]
  })";
  const auto request = ParseInferRequest(text);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->id, "r1");
  EXPECT_EQ(request->version, "v2");
  EXPECT_EQ(request->timeout, std::chrono::microseconds(1500));
  ASSERT_EQ(request->inputs.size(), 3u);
  EXPECT_EQ(request->inputs[0].name, "x");
  EXPECT_THAT(request->inputs[0].shape, ElementsAre(2, 2));
  EXPECT_EQ(request->inputs[0].data.substr(0, 16), "[[1, 2], [3, 4]]");
  EXPECT_EQ(request->inputs[1].binary_size, 16u);
  EXPECT_THAT(request->inputs[1].lod, ElementsAre(0, 1, 2));
  EXPECT_THAT(request->inputs[2].lod, ElementsAre(0, 1));
  EXPECT_FALSE(request->WantsBinary("a"));
  EXPECT_TRUE(request->WantsBinary("b"));
}

TEST(InferRequestTest, MembersMayComeInAnyOrder) {
  std::string text = R"({"outputs":[{"name":"y"}],"inputs":[{"data":[1],"shape":[1],"datatype":"FP32","name":"x"}],)"
                     R"("parameters":{"model_version":"v1"},"id":"late"})";
  const auto request = ParseInferRequest(text);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->id, "late");
  EXPECT_EQ(request->version, "v1");
  EXPECT_FALSE(request->WantsBinary("y"));
}

TEST(InferRequestTest, EscapesInNamesAreResolved) {
  std::string text = WithInput(R"({"name":"\u7070\"x","shape":[],"datatype":"FP32","data":[1]})");
  const auto request = ParseInferRequest(text);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->inputs[0].name, "灰\"x");
  EXPECT_TRUE(request->inputs[0].shape.empty());
}

TEST(InferRequestTest, TimeoutZeroIsNone) {
  std::string text = R"({"parameters":{"timeout":0},"inputs":[]})";
  EXPECT_EQ(ParseInferRequest(text)->timeout, std::nullopt);
}

TEST(InferRequestTest, BrokenJsonIsAnErrorThatSaysWhere) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("request: expected a JSON object"));
  EXPECT_THAT(ErrorOf("[1]"), HasSubstr("request: expected a JSON object"));
  EXPECT_THAT(ErrorOf("{\"inputs\":["), HasSubstr("damaged"));
  EXPECT_THAT(ErrorOf("{\"inputs\":[{\"name\" \"x\"}]}"), HasSubstr("inputs[0]"));
  EXPECT_THAT(ErrorOf(R"({"id":"a"} trailing)"), HasSubstr("damaged"));
  EXPECT_THAT(ErrorOf(R"({"id":"a"} {"id":"b"})"), HasSubstr("follows"));
  EXPECT_THAT(ErrorOf("\xFF\xFE{}"), HasSubstr("damaged"));
  EXPECT_THAT(ErrorOf(WithInput(std::string(kInput).substr(0, 40))), HasSubstr("damaged"));
}

TEST(InferRequestTest, AMemberOfAWrongTypeIsNamed) {
  EXPECT_THAT(ErrorOf(R"({"id":7})"), HasSubstr("id: expected a string"));
  EXPECT_THAT(ErrorOf(R"({"inputs":{}})"), HasSubstr("inputs: expected an array"));
  EXPECT_THAT(ErrorOf(WithInput("3")), HasSubstr("inputs[0]: expected an object"));
  EXPECT_THAT(ErrorOf(WithInput(R"({"shape":[1.5]})")), HasSubstr("inputs[0].shape: expected whole numbers"));
  EXPECT_THAT(ErrorOf(WithInput(R"({"shape":["1"]})")), HasSubstr("inputs[0].shape: expected whole numbers"));
  EXPECT_THAT(ErrorOf(WithInput(R"({"data":"abc"})")), HasSubstr("inputs[0].data: expected an array"));
  EXPECT_THAT(ErrorOf(WithInput(R"({"parameters":{"binary_data_size":-1}})")), HasSubstr("binary_data_size"));
  EXPECT_THAT(ErrorOf(WithInput(R"({"parameters":{"lod":"0,x"}})")), HasSubstr("lod"));
  EXPECT_THAT(ErrorOf(R"({"parameters":{"timeout":"soon"}})"), HasSubstr("parameters.timeout"));
  EXPECT_THAT(ErrorOf(R"({"outputs":[{"name":"y","parameters":{"binary_data":1}}]})"), HasSubstr("outputs[0]"));
}

TEST(InferRequestTest, WhatATensorLacksIsSaid) {
  EXPECT_THAT(ErrorOf(WithInput("{}")), HasSubstr("inputs[0]: has no name"));
  EXPECT_THAT(ErrorOf(WithInput(R"({"name":"x","data":[],"shape":[0]})")), HasSubstr("'x' has no datatype"));
  EXPECT_THAT(ErrorOf(WithInput(R"({"name":"x","datatype":"FP32","data":[]})")), HasSubstr("'x' has no shape"));
  EXPECT_THAT(ErrorOf(WithInput(R"({"name":"x","datatype":"FP32","shape":[1]})")), HasSubstr("'x' has no data"));
  EXPECT_THAT(ErrorOf(WithInput(R"({"name":"x","datatype":"FP32","shape":[1],"data":[1],)"
                                R"("parameters":{"binary_data_size":4}})")),
              HasSubstr("both"));
  EXPECT_THAT(ErrorOf(R"({"outputs":[{}]})"), HasSubstr("outputs[0]: has no name"));
}

TEST(InferRequestTest, WhatIsNotSupportedIsRefusedAndNotIgnored) {
  EXPECT_THAT(ErrorOf(WithInput(R"({"name":"x","parameters":{"shared_memory_region":"r"}})")),
              HasSubstr("shared memory"));
  EXPECT_THAT(ErrorOf(R"({"outputs":[{"name":"y","parameters":{"shared_memory_region":"r"}}]})"),
              HasSubstr("shared memory"));
  EXPECT_THAT(ErrorOf(R"({"outputs":[{"name":"y","parameters":{"classification":3}}]})"),
              HasSubstr("classification: is not supported"));
}

TEST(InferRequestTest, EverySizeIsBounded) {
  std::string many = kInput;
  for (size_t i = 0; i < tensor::kMaxTensors; ++i) many += "," + std::string(kInput);
  EXPECT_THAT(ErrorOf(WithInput(many)), HasSubstr("inputs: has more than"));
  std::string half = kInput;
  for (size_t i = 0; i < tensor::kMaxTensors / 2; ++i) half += "," + std::string(kInput);
  EXPECT_THAT(ErrorOf(R"({"inputs":[)" + half + R"(],"inputs":[)" + half + "]}"), HasSubstr("more than"));
  std::string shape = "1";
  for (size_t i = 0; i < tensor::kMaxRank; ++i) shape += ",1";
  EXPECT_THAT(ErrorOf(WithInput(R"({"name":"x","shape":[)" + shape + "]}")), HasSubstr("shape: has more than"));
  EXPECT_THAT(ErrorOf(R"({"id":")" + std::string(5000, 'i') + "\"}"), HasSubstr("longer"));
  // What is passed over costs no stack, however deep it is.
  EXPECT_EQ(ErrorOf(R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"), "");
}

TEST(InferRequestTest, AnIndexRequestMayBeEmpty) {
  std::string nothing;
  EXPECT_FALSE(*ParseIndexRequest(nothing));
  std::string empty = " {} \n";
  EXPECT_FALSE(*ParseIndexRequest(empty));
  std::string ready = R"({"ready":true})";
  EXPECT_TRUE(*ParseIndexRequest(ready));
  std::string wrong = R"({"ready":1})";
  EXPECT_FALSE(ParseIndexRequest(wrong).ok());
}

}  // namespace
}  // namespace huidu::front::rest
