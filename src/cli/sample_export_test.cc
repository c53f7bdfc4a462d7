#include "cli/sample_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/strings.h"

namespace huidu::cli {
namespace {

using ::testing::HasSubstr;

Json Sample(const char* inputs, const char* outputs = "[]") {
  Json sample = {{"id", "0123456789abcdef0123"}, {"version", "v2"}, {"reasons", {"SLOW", "RANDOM"}}};
  sample["inputs"] = Json::parse(inputs);
  sample["outputs"] = Json::parse(outputs);
  return sample;
}

TEST(SampleExportTest, OneTextIsALine) {
  const auto item = MakeItem(Sample(R"([{"name":"text","datatype":"BYTES","shape":[1],"data":["今天"]}])",
                                    R"([{"name":"score","datatype":"FP32","shape":[2],"data":[0.5,1]},
                                        {"name":"word","datatype":"BYTES","shape":[2],"data":["今","天"]}])"),
                             "");
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->line.dump(), R"({"text":"今天","category":"SLOW","version":"v2","answer":"今\n天","weight":1,)"
                               R"("id":"0123456789abcdef0123"})");
  EXPECT_EQ(item->extension, "");
}

TEST(SampleExportTest, OnePictureIsAFile) {
  const auto item =
      MakeItem(Sample(R"([{"name":"image","datatype":"BYTES","shape":[1],"b64":["/9j/4A=="]}])"), "RANDOM");
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->extension, ".jpg");
  EXPECT_EQ(item->contents, "\xff\xd8\xff\xe0");
  EXPECT_EQ(item->line["category"], "RANDOM");
  EXPECT_FALSE(item->line.contains("answer"));
}

TEST(SampleExportTest, OtherTensorsAreARequest) {
  Json sample = Sample(R"([{"name":"x","datatype":"FP32","shape":[1,2],"data":[1.5,2]}])",
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

TEST(SampleExportTest, TheAnswerIsWhatTheUserGot) {
  Json sample = Sample(R"([{"name":"text","datatype":"BYTES","shape":[1],"data":["a"]}])",
                       R"([{"name":"t","datatype":"BYTES","shape":[1],"data":["the candidate's"]}])");
  EXPECT_EQ(AnswerText(sample), "the candidate's");
  sample["answered_by"] = "v1";
  sample["answer"] = Json::parse(R"([{"name":"t","datatype":"BYTES","shape":[1],"data":["stable's"]}])");
  EXPECT_EQ(AnswerText(sample), "stable's");
  sample["answer"] = Json::parse(R"([{"name":"t","datatype":"BYTES","shape":[1],"removed":{"bytes":3,"hash":"a"}}])");
  EXPECT_EQ(AnswerText(sample), std::nullopt);
}

TEST(SampleExportTest, AFailureSaysWhatFailedAndWhoAnsweredInstead) {
  Json sample = Sample(R"([{"name":"text","datatype":"BYTES","shape":[1],"data":["a"]}])");
  sample["error"] = "boom";
  sample["answered_by"] = "v1";
  sample["answer"] = Json::parse(R"([{"name":"t","datatype":"BYTES","shape":[1],"data":["stable's"]}])");
  const auto item = MakeItem(sample, "");
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->line["error"], "boom");
  EXPECT_EQ(item->line["answered_by"], "v1");
  EXPECT_EQ(item->line["answer"], "stable's");
}

TEST(SampleExportTest, WhatCannotBeSentAgainIsSaid) {
  for (const auto& [inputs, why] : std::vector<std::pair<const char*, const char*>>{
           {R"([{"name":"a","datatype":"BYTES","shape":[1],"removed":{"bytes":1,"hash":"x"}}])", "masked"},
           {R"([{"name":"a","datatype":"FP16","shape":[1],"b64":"ADw="}])", "no form in JSON"},
           {R"([{"name":"a","datatype":"BYTES","shape":[1],"b64":["!"]}])", "base64"},
           {"[]", "no input"},
           {"[1]", "no form"},
           {"7", "no input"}}) {
    const auto item = MakeItem(Sample(inputs), "");
    EXPECT_EQ(item.status().code(), absl::StatusCode::kFailedPrecondition) << inputs;
    EXPECT_THAT(std::string(item.status().message()), HasSubstr(why));
  }
}

TEST(DataSetTest, WritesFilesAndThenTheManifest) {
  std::string pattern = ::testing::TempDir() + "/huidu_set_XXXXXX";
  const std::string folder = std::string(mkdtemp(pattern.data())) + "/set";
  auto set = DataSet::Create(folder);
  ASSERT_TRUE(set.ok()) << set.status();
  DataSetItem picture{.line = {{"file", ""}}, .extension = ".jpg", .contents = "JPG"};
  DataSetItem text{.line = {{"text", "a"}}};
  EXPECT_EQ(set->Add(picture), absl::OkStatus());
  EXPECT_EQ(set->Add(text), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(folder + "/manifest.jsonl"));
  EXPECT_EQ(set->Finish(), absl::OkStatus());
  std::ifstream file(folder + "/manifest.jsonl");
  const std::string manifest((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(manifest, "{\"file\":\"0001.jpg\"}\n{\"text\":\"a\"}\n");
  EXPECT_EQ(std::filesystem::file_size(folder + "/0001.jpg"), 3u);
  EXPECT_EQ(DataSet::Create(folder).status().code(), absl::StatusCode::kAlreadyExists);
  std::filesystem::remove_all(std::filesystem::path(folder).parent_path());
}

}  // namespace
}  // namespace huidu::cli
