#include "cli/infer/kserve.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using tensor::DataType;
using testing::HasSubstr;

HttpAnswer Binary(const std::string& json, const std::string& bytes) {
  return {200, {{"inference-header-content-length", std::to_string(json.size())}}, json + bytes};
}

TEST(KserveTest, ReadsTheInputsOfMetadata) {
  const auto inputs =
      ParseInputs(R"({"name":"ocr","inputs":[{"name":"x","datatype":"FP32","shape":[-1,3,48,-1]}],"outputs":[]})");
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  ASSERT_EQ(inputs->size(), 1u);
  EXPECT_EQ(inputs->front().shape, (tensor::Shape{-1, 3, 48, -1}));
  for (const char* text : {"", "{}", R"({"inputs":[1]})", R"({"inputs":[{"name":"x","datatype":"FP7","shape":[]}]})",
                           R"({"inputs":[{"name":"x","datatype":"FP32","shape":["a"]}]})"}) {
    EXPECT_FALSE(ParseInputs(text).ok()) << text;
  }
}

TEST(KserveTest, WritesABinaryRequest) {
  const auto request =
      BinaryRequest({"a b", "v2"}, {{"x", DataType::kFp32, {1, 1}, "abcd"}, {"y", DataType::kUint8, {2}, "ef"}});
  EXPECT_EQ(request.target, "/v2/models/a%20b/versions/v2/infer");
  const size_t json_size = request.body.size() - 6;
  EXPECT_THAT(request.headers, testing::Contains(std::pair<std::string, std::string>("Inference-Header-Content-Length",
                                                                                     std::to_string(json_size))));
  EXPECT_EQ(request.body.substr(json_size), "abcdef");
  const auto json = nlohmann::json::parse(request.body.substr(0, json_size));
  EXPECT_EQ(json["inputs"][1]["parameters"]["binary_data_size"], 2);
  EXPECT_EQ(json["inputs"][0]["shape"], nlohmann::json({1, 1}));
  EXPECT_EQ(json["parameters"]["binary_data_output"], true);
}

TEST(KserveTest, ReadsBinaryAndJsonOutputsOfOneAnswer) {
  const auto answer = ParseInferAnswer(Binary(
      R"({"model_version":"v2","outputs":[
        {"name":"a","datatype":"UINT8","shape":[3],"parameters":{"binary_data_size":3}},
        {"name":"b","datatype":"INT32","shape":[1],"data":[7]},
        {"name":"c","datatype":"UINT8","shape":[1],"parameters":{"binary_data_size":1}}]})",
      "xyzw"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->model_version, "v2");
  EXPECT_EQ(answer->outputs[0].data, "xyz");
  EXPECT_EQ(ElementText(answer->outputs[1], 0), "7");
  EXPECT_EQ(answer->outputs[2].data, "w");
}

TEST(KserveTest, RefusesADamagedAnswer) {
  const auto output = [](const char* shape, const char* size) {
    return std::string(R"({"outputs":[{"name":"a","datatype":"FP32","shape":)") + shape +
           R"(,"parameters":{"binary_data_size":)" + size + "}}]}";
  };
  EXPECT_FALSE(ParseInferAnswer(Binary(output("[1]", "4"), "abc")).ok());
  EXPECT_FALSE(ParseInferAnswer(Binary(output("[2]", "4"), "abcd")).ok());
  EXPECT_FALSE(ParseInferAnswer(Binary(output("[1]", "-4"), "abcd")).ok());
  EXPECT_FALSE(ParseInferAnswer(Binary(output("[1]", "18446744073709551615"), "abcd")).ok());
  EXPECT_FALSE(ParseInferAnswer(Binary("{}", "")).ok());
  EXPECT_FALSE(ParseInferAnswer({200, {{"Inference-Header-Content-Length", "999"}}, "{}"}).ok());
  EXPECT_FALSE(ParseInferAnswer({200, {{"Inference-Header-Content-Length", "x"}}, "{}"}).ok());
}

TEST(KserveTest, GivesTheServersErrorWithItsStatus) {
  const auto refused = ParseInferAnswer({404, {}, R"({"error":"unknown model 'x'"})"});
  EXPECT_EQ(Text(refused.status()), "HTTP 404: unknown model 'x'");
  EXPECT_THAT(std::string(Text(ErrorOf({502, {}, "<html>"}))), HasSubstr("502"));
}

}  // namespace
}  // namespace huidu::cli
