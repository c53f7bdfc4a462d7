#include "samples/sample_json.h"

#include <gtest/gtest.h>

#include <limits>

#include "samples/test_sample.h"

namespace huidu::samples {
namespace {

TEST(SampleJsonTest, TensorsAreThoseOfARequest) {
  const auto json = DescribeSample(TestSample());
  EXPECT_EQ(json["inputs"][0].dump(),
            R"({"name":"text","datatype":"BYTES","shape":[2],"data":["call 13800138000","第２０号"]})");
  EXPECT_EQ(json["answer"][1].dump(), R"({"name":"score","datatype":"FP32","shape":[1,2],"data":[0.5,0.25]})");
  EXPECT_EQ(json["reasons"].dump(), R"(["FAILED","RANDOM"])");
  EXPECT_EQ(json["milliseconds"]["whole"], 21.0);
  EXPECT_EQ(json["time"], "2027-01-15T08:00:00.000Z");
  EXPECT_FALSE(json.contains("expected"));
  EXPECT_EQ(json.dump().find("alice"), std::string::npos);
}

TEST(SampleJsonTest, WhatJsonCannotSayExactlyIsBase64) {
  Sample sample = TestSample();
  sample.inputs = {TextTensor("image", {"\xff\xd8\xff", "text"}),
                   FloatTensor("x", {std::numeric_limits<float>::quiet_NaN()}),
                   {.name = "half", .type = tensor::DataType::kFp16, .shape = {1}, .data = {'\0', '\x3c'}}};
  const auto json = DescribeSample(sample);
  EXPECT_EQ(json["inputs"][0]["b64"].dump(), R"(["/9j/","dGV4dA=="])");
  EXPECT_EQ(json["inputs"][1]["b64"], "AADAfw==");
  EXPECT_EQ(json["inputs"][2]["b64"], "ADw=");
  EXPECT_FALSE(json["inputs"][0].contains("data"));
}

TEST(SampleJsonTest, ARemovedTensorShowsItsSizeAndHash) {
  Sample sample = TestSample();
  sample.inputs[0].removed = true;
  sample.inputs[0].removed_bytes = 40;
  sample.inputs[0].removed_hash = "ab";
  EXPECT_EQ(DescribeSample(sample)["inputs"][0].dump(),
            R"({"name":"text","datatype":"BYTES","shape":[2],"removed":{"bytes":40,"hash":"ab"}})");
}

TEST(MediaTypeTest, IsNeverOneThatABrowserRuns) {
  EXPECT_EQ(MediaTypeOf("\xff\xd8\xff\xe0"), "image/jpeg");
  EXPECT_EQ(MediaTypeOf("\x89PNG\r\n\x1a\n...."), "image/png");
  EXPECT_EQ(MediaTypeOf(std::string_view("RIFF\0\0\0\0WEBPVP8 ", 16)), "image/webp");
  EXPECT_EQ(MediaTypeOf("<html><script>alert(1)</script>"), "text/plain; charset=utf-8");
  EXPECT_EQ(MediaTypeOf("\xff\xfe"), "application/octet-stream");
}

}  // namespace
}  // namespace huidu::samples
