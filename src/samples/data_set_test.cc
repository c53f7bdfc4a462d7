#include "samples/data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace huidu::samples {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

Json TheSample(const char* inputs, const char* outputs = "[]") {
  Json sample = {{"id", "0123456789abcdef0123"}, {"version", "v2"}, {"reasons", {"SLOW", "RANDOM"}}};
  sample["inputs"] = Json::parse(inputs);
  sample["outputs"] = Json::parse(outputs);
  return sample;
}

TEST(DataSetTest, OneTextIsALine) {
  const auto item = MakeItem(TheSample(R"([{"name":"text","datatype":"BYTES","shape":[1],"data":["今天"]}])",
                                       R"([{"name":"score","datatype":"FP32","shape":[2],"data":[0.5,1]},
                                        {"name":"word","datatype":"BYTES","shape":[2],"data":["今","天"]}])"),
                             "");
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->line.dump(), R"({"text":"今天","category":"SLOW","version":"v2","answer":"今\n天","weight":1,)"
                               R"("id":"0123456789abcdef0123"})");
  EXPECT_EQ(item->extension, "");
}

TEST(DataSetTest, OnePictureIsAFile) {
  const auto item =
      MakeItem(TheSample(R"([{"name":"image","datatype":"BYTES","shape":[1],"b64":["/9j/4A=="]}])"), "RANDOM");
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->extension, ".jpg");
  EXPECT_EQ(item->contents, "\xff\xd8\xff\xe0");
  EXPECT_EQ(item->line["category"], "RANDOM");
  EXPECT_FALSE(item->line.contains("answer"));
}

TEST(DataSetTest, OtherTensorsAreARequest) {
  Json sample = TheSample(R"([{"name":"x","datatype":"FP32","shape":[1,2],"data":[1.5,2]}])",
                          R"([{"name":"y","datatype":"FP32","shape":[1],"data":[3]}])");
  sample["expected"] = "four";
  const auto item = MakeItem(sample, "");
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->extension, ".json");
  EXPECT_EQ(item->contents, R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1.5,2]}]})"
                            "\n");
  EXPECT_EQ(item->line["answer"], R"([{"name":"y","datatype":"FP32","shape":[1],"data":[3]}])");
  EXPECT_EQ(item->line["expected"], "four");
}

TEST(DataSetTest, TheAnswerIsWhatTheUserGot) {
  Json sample = TheSample(R"([{"name":"text","datatype":"BYTES","shape":[1],"data":["a"]}])",
                          R"([{"name":"t","datatype":"BYTES","shape":[1],"data":["the candidate's"]}])");
  EXPECT_EQ(AnswerText(sample), "the candidate's");
  sample["answered_by"] = "v1";
  sample["answer"] = Json::parse(R"([{"name":"t","datatype":"BYTES","shape":[1],"data":["stable's"]}])");
  EXPECT_EQ(AnswerText(sample), "stable's");
  sample["answer"] = Json::parse(R"([{"name":"t","datatype":"BYTES","shape":[1],"removed":{"bytes":3,"hash":"a"}}])");
  EXPECT_EQ(AnswerText(sample), std::nullopt);
}

TEST(DataSetTest, AFailureSaysWhatFailedAndWhoAnsweredInstead) {
  Json sample = TheSample(R"([{"name":"text","datatype":"BYTES","shape":[1],"data":["a"]}])");
  sample["error"] = "boom";
  sample["answered_by"] = "v1";
  sample["answer"] = Json::parse(R"([{"name":"t","datatype":"BYTES","shape":[1],"data":["stable's"]}])");
  const auto item = MakeItem(sample, "");
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->line["error"], "boom");
  EXPECT_EQ(item->line["answered_by"], "v1");
  EXPECT_EQ(item->line["answer"], "stable's");
}

TEST(DataSetTest, WhatCannotBeSentAgainIsSaid) {
  for (const auto& [inputs, why] : std::vector<std::pair<const char*, const char*>>{
           {R"([{"name":"a","datatype":"BYTES","shape":[1],"removed":{"bytes":1,"hash":"x"}}])", "masked"},
           {R"([{"name":"a","datatype":"FP16","shape":[1],"b64":"ADw="}])", "no form in JSON"},
           {R"([{"name":"a","datatype":"BYTES","shape":[1],"b64":["!"]}])", "base64"},
           {"[]", "no input"},
           {"[1]", "no form"},
           {"7", "no input"}}) {
    const auto item = MakeItem(TheSample(inputs), "");
    EXPECT_EQ(item.status().code(), absl::StatusCode::kFailedPrecondition) << inputs;
    EXPECT_THAT(std::string(item.status().message()), HasSubstr(why));
  }
}

}  // namespace
}  // namespace huidu::samples
