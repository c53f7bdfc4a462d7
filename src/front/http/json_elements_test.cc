#include "front/http/json_elements.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/status.h"

namespace huidu::front::rest {
namespace {

using tensor::DataType;
using ::testing::HasSubstr;

// The elements of one input, as bytes and back as JSON.
absl::StatusOr<std::string> RoundTrip(const std::string& datatype, const std::string& shape, const std::string& data) {
  std::string text =
      R"({"inputs":[{"name":"x","datatype":")" + datatype + R"(","shape":)" + shape + R"(,"data":)" + data + "}]}";
  HUIDU_ASSIGN_OR_RETURN(const InferRequest request, ParseInferRequest(text));
  std::string packed;
  HUIDU_ASSIGN_OR_RETURN(const size_t bytes, MeasureElements(text, request.inputs[0], packed));
  std::vector<std::byte> memory(bytes);
  if (datatype == "BYTES") {
    std::memcpy(memory.data(), packed.data(), packed.size());
  } else {
    HUIDU_RETURN_IF_ERROR(ReadElements(text, request.inputs[0], memory));
  }
  JsonWriter json;
  HUIDU_RETURN_IF_ERROR(WriteElements(*tensor::FromName(datatype), memory, json));
  return json.Take();
}

std::string ErrorOf(const std::string& datatype, const std::string& shape, const std::string& data) {
  const auto result = RoundTrip(datatype, shape, data);
  return result.ok() ? "no error: " + *result : std::string(Text(result.status()));
}

TEST(JsonElementsTest, EveryTypeKeepsItsExtremes) {
  EXPECT_EQ(*RoundTrip("BOOL", "[2]", "[true,false]"), "[true,false]");
  EXPECT_EQ(*RoundTrip("INT8", "[2]", "[-128,127]"), "[-128,127]");
  EXPECT_EQ(*RoundTrip("INT16", "[2]", "[-32768,32767]"), "[-32768,32767]");
  EXPECT_EQ(*RoundTrip("INT32", "[2]", "[-2147483648,2147483647]"), "[-2147483648,2147483647]");
  EXPECT_EQ(*RoundTrip("INT64", "[2]", "[-9223372036854775808,9223372036854775807]"),
            "[-9223372036854775808,9223372036854775807]");
  EXPECT_EQ(*RoundTrip("UINT8", "[2]", "[0,255]"), "[0,255]");
  EXPECT_EQ(*RoundTrip("UINT16", "[1]", "[65535]"), "[65535]");
  EXPECT_EQ(*RoundTrip("UINT32", "[1]", "[4294967295]"), "[4294967295]");
  EXPECT_EQ(*RoundTrip("UINT64", "[1]", "[18446744073709551615]"), "[18446744073709551615]");
  EXPECT_EQ(*RoundTrip("FP32", "[4]", "[0.1,-1e-3,16777216,3.4028234e38]"), "[0.1,-0.001,16777216,3.4028235e+38]");
  EXPECT_EQ(*RoundTrip("FP64", "[3]", "[0.1,1e308,-0.0]"), "[0.1,1e+308,-0]");
  EXPECT_EQ(*RoundTrip("BYTES", "[3]", R"(["灰度","","a\"\u0001"])"), R"(["灰度","","a\"\u0001"])");
}

TEST(JsonElementsTest, NestingMakesNoDifference) {
  EXPECT_EQ(*RoundTrip("INT32", "[2,2]", "[[1,2],[3,4]]"), "[1,2,3,4]");
  EXPECT_EQ(*RoundTrip("INT32", "[2,2]", " [ 1 , 2,3,\n4 ] "), "[1,2,3,4]");
  EXPECT_EQ(*RoundTrip("BYTES", "[2,1]", R"([["a"],["b"]])"), R"(["a","b"])");
  EXPECT_EQ(*RoundTrip("INT32", "[0,4]", "[]"), "[]");
  EXPECT_EQ(*RoundTrip("INT32", "[]", "[7]"), "[7]");
}

TEST(JsonElementsTest, ListsMustHoldWhatTheShapeSays) {
  EXPECT_THAT(ErrorOf("INT32", "[2,2]", "[[1,2,3],[4]]"),
              HasSubstr("input 'x': a list inside data has 3 elements, but by the shape [2,2] it has 2"));
  EXPECT_THAT(ErrorOf("INT32", "[2,3]", "[[1,2],[3,4],[5,6]]"), HasSubstr("has 2 elements"));
  EXPECT_THAT(ErrorOf("INT32", "[1,2,2]", "[[[1],[2,3,4]]]"), HasSubstr("has 1 elements"));
  EXPECT_THAT(ErrorOf("INT32", "[2]", "[[1,2]]"), HasSubstr("has 2 elements"));
  EXPECT_THAT(ErrorOf("BYTES", "[2,1]", R"([["a","b"],[]])"), HasSubstr("has 2 elements"));
  EXPECT_THAT(ErrorOf("INT32", "[2,2]", "[1,[2,3],4]"), HasSubstr("side by side"));
  EXPECT_THAT(ErrorOf("INT32", "[2,2]", "[[1,2],3,4]"), HasSubstr("side by side"));
  EXPECT_EQ(*RoundTrip("INT32", "[2,2,1]", "[[[1],[2]],[[3],[4]]]"), "[1,2,3,4]");
  EXPECT_EQ(*RoundTrip("INT32", "[2,2,2]", "[[1,2,3,4],[5,6,7,8]]"), "[1,2,3,4,5,6,7,8]");
  EXPECT_EQ(*RoundTrip("INT32", "[2,0]", "[[],[]]"), "[]");
}

TEST(JsonElementsTest, AWrongNumberOfElementsIsAnError) {
  EXPECT_THAT(ErrorOf("FP32", "[1,4]", "[1,2,3]"), HasSubstr("data has 3 elements, but the shape [1,4] has 4"));
  EXPECT_THAT(ErrorOf("FP32", "[1,2]", "[1,2,3]"), HasSubstr("more elements than the shape [1,2]"));
  EXPECT_THAT(ErrorOf("FP32", "[1000000000]", "[1]"), HasSubstr("fewer elements"));
  EXPECT_THAT(ErrorOf("BYTES", "[1000000000]", "[\"a\"]"), HasSubstr("fewer elements"));
}

TEST(JsonElementsTest, AnElementOfAWrongTypeOrOutOfRangeIsNamed) {
  EXPECT_THAT(ErrorOf("FP32", "[2]", "[1,\"2\"]"), HasSubstr("input 'x': element 1 of data is no FP32"));
  EXPECT_THAT(ErrorOf("FP32", "[1]", "[null]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("FP32", "[1]", "[1e39]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("FP64", "[1]", "[1e999]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("UINT8", "[1]", "[256]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("UINT8", "[1]", "[-1]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("INT8", "[1]", "[128]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("INT32", "[1]", "[1.0]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("INT64", "[1]", "[9223372036854775808]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("UINT64", "[1]", "[18446744073709551616]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("BOOL", "[1]", "[1]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("BYTES", "[1]", "[1]"), HasSubstr("element 0"));
  EXPECT_THAT(ErrorOf("FP32", "[1]", "[{}]"), HasSubstr("element 0"));
}

TEST(JsonElementsTest, DamagedDataIsAnError) {
  EXPECT_THAT(ErrorOf("FP32", "[2]", "[1 2]"), HasSubstr("damaged"));
  EXPECT_THAT(ErrorOf("FP32", "[2]", "[1,,2]"), HasSubstr("input 'x'"));
  EXPECT_THAT(ErrorOf("FP32", "[1]", "[01]"), HasSubstr("input 'x'"));
  EXPECT_THAT(ErrorOf("FP32", "[1]", "[NaN]"), HasSubstr("input 'x'"));
  EXPECT_THAT(ErrorOf("BYTES", "[1]", R"(["\ud800"])"), HasSubstr("input 'x'"));
}

TEST(JsonElementsTest, TheDepthIsBounded) {
  const std::string deep = std::string(900, '[') + "1" + std::string(900, ']');
  EXPECT_THAT(ErrorOf("FP32", "[1]", deep), HasSubstr("nested too deeply"));
}

TEST(JsonElementsTest, HalfPrecisionTravelsAsBytesOnly) {
  EXPECT_THAT(ErrorOf("FP16", "[1]", "[1]"), HasSubstr("FP16 cannot be sent as JSON"));
  EXPECT_THAT(ErrorOf("BF16", "[1]", "[1]"), HasSubstr("binary_data_size"));
}

TEST(JsonElementsTest, WhatJsonHasNoNumberForIsWrittenAsTritonDoes) {
  const float values[] = {std::nanf(""), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()};
  JsonWriter json;
  ASSERT_TRUE(WriteElements(DataType::kFp32, std::as_bytes(std::span(values)), json).ok());
  EXPECT_EQ(json.Take(), "[NaN,Infinity,-Infinity]");
}

TEST(JsonElementsTest, AWorkersDamagedOutputIsAnErrorAndNotACrash) {
  const std::byte bytes[] = {std::byte{200}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{'a'}};
  JsonWriter json;
  EXPECT_FALSE(WriteElements(DataType::kBytes, bytes, json).ok());
  EXPECT_FALSE(WriteElements(DataType::kBytes, std::span(bytes).first(2), json).ok());
  EXPECT_FALSE(WriteElements(DataType::kFp32, bytes, json).ok());
  EXPECT_FALSE(WriteElements(DataType::kFp16, std::span(bytes).first(2), json).ok());
}

}  // namespace
}  // namespace huidu::front::rest
