#include "check/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "repository/test_folder.h"

namespace huidu::check {
namespace {

using repository::TestFolder;
using ::testing::HasSubstr;

class DatasetTest : public ::testing::Test {
 protected:
  absl::StatusOr<Dataset> Read(const std::string& manifest, const DatasetLimits& limits = {}) {
    folder_.Write("manifest.jsonl", manifest);
    return ReadDataset(folder_.path(), limits);
  }
  std::string Fault(const std::string& manifest, const DatasetLimits& limits = {}) {
    return std::string(Text(Read(manifest, limits).status()));
  }

  const TestFolder folder_;
};

TEST_F(DatasetTest, ReadsFilesTextsAndRequests) {
  folder_.Write("pages/1.png", "PNG");
  folder_.Write("r.json", "{}");
  const auto dataset = Read(
      "{\"file\": \"pages/1.png\", \"expected\": \"姓名\", \"category\": \"identity_card\", \"weight\": 2, \"id\": "
      "\"a\"}\n"
      "\n"
      "{\"text\": \"查余额\", \"expected\": 3, \"more\": 1}\n"
      "{\"request\": \"r.json\"}\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  ASSERT_EQ(dataset->samples.size(), 3u);
  const Sample& page = dataset->samples[0];
  EXPECT_EQ(page.kind, Sample::Kind::kFile);
  EXPECT_EQ(page.content, "PNG");
  EXPECT_EQ(page.id, "a");
  EXPECT_EQ(*page.expected, "姓名");
  EXPECT_EQ(page.category, "identity_card");
  EXPECT_EQ(page.weight, 2);
  EXPECT_EQ(dataset->samples[1].id, "3");
  EXPECT_EQ(*dataset->samples[1].expected, "3");
  EXPECT_EQ(dataset->samples[2].kind, Sample::Kind::kRequest);
  EXPECT_FALSE(dataset->samples[2].expected.has_value());
}

TEST_F(DatasetTest, AKeptSampleSaysWhatBecameOfIt) {
  const auto dataset = Read(
      "{\"text\": \"a\", \"answer\": \"A\", \"error\": \"boom\", \"answered_by\": \"v1\"}\n"
      "{\"text\": \"b\", \"answer\": \"\"}\n"
      "{\"text\": \"c\"}\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(*dataset->samples[0].answer, "A");
  EXPECT_EQ(dataset->samples[0].error, "boom");
  EXPECT_EQ(dataset->samples[0].answered_by, "v1");
  EXPECT_EQ(*dataset->samples[1].answer, "") << "an empty answer is one";
  EXPECT_FALSE(dataset->samples[2].answer.has_value());
}

TEST_F(DatasetTest, AManifestInMemoryNeedsNoDisk) {
  const auto read_file = [](const std::string& name) -> absl::StatusOr<std::string> {
    if (name == "0001.jpg") return "JPG";
    return absl::NotFoundError(name + " is not there");
  };
  const auto dataset = ParseDataset("{\"file\": \"0001.jpg\"}\n", "samples of ocr", read_file);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->samples[0].content, "JPG");
  EXPECT_THAT(std::string(Text(ParseDataset("{\"file\": \"2\"}", "samples of ocr", read_file).status())),
              HasSubstr("samples of ocr:1: 2 is not there"));
}

TEST_F(DatasetTest, ItsHashIsThatOfAllItHolds) {
  folder_.Write("1.txt", "a");
  const std::string manifest = "{\"file\": \"1.txt\"}\n";
  const std::string before = Read(manifest)->sha256;
  EXPECT_EQ(Read(manifest)->sha256, before);
  folder_.Write("1.txt", "b");
  EXPECT_NE(Read(manifest)->sha256, before);
}

TEST_F(DatasetTest, EveryFaultHasItsLine) {
  const std::string faults = Fault(
      "{\"file\": \"../secret\"}\n"
      "not json\n"
      "{\"file\": \"missing.png\"}\n"
      "{\"text\": \"a\", \"file\": \"b\"}\n"
      "{\"text\": \"a\", \"weight\": -1}\n"
      "{\"text\": \"a\", \"expected\": [1]}\n"
      "{\"file\": \"/etc/passwd\"}\n");
  EXPECT_THAT(faults, HasSubstr("manifest.jsonl:1: '../secret' is no file inside the data set's folder"));
  EXPECT_THAT(faults, HasSubstr("manifest.jsonl:2: this is no JSON object"));
  EXPECT_THAT(faults, HasSubstr("manifest.jsonl:3: "));
  EXPECT_THAT(faults, HasSubstr("missing.png"));
  EXPECT_THAT(faults, HasSubstr("manifest.jsonl:4: expected one of 'file', 'text' and 'request'"));
  EXPECT_THAT(faults, HasSubstr("manifest.jsonl:5: 'weight' is a number above 0"));
  EXPECT_THAT(faults, HasSubstr("manifest.jsonl:6: 'expected' is"));
  EXPECT_THAT(faults, HasSubstr("manifest.jsonl:7: '/etc/passwd' is no file inside"));
}

TEST_F(DatasetTest, AnEmptyOrMissingOneIsAnError) {
  EXPECT_THAT(Fault("\n\n"), HasSubstr("holds no sample"));
  EXPECT_EQ(ReadDataset(folder_ / "nowhere.jsonl").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DatasetTest, SizesAreBounded) {
  folder_.Write("1.txt", std::string(100, 'a'));
  const std::string line = "{\"file\": \"1.txt\"}\n";
  EXPECT_THAT(Fault(line, {.max_file_bytes = 99}), HasSubstr("manifest.jsonl:1:"));
  EXPECT_THAT(Fault(line + line, {.max_total_bytes = 150}), HasSubstr("manifest.jsonl:2: the files together"));
  EXPECT_THAT(Fault(line + line, {.max_samples = 1}), HasSubstr("manifest.jsonl:2: more than 1 samples"));
}

TEST_F(DatasetTest, ManyFaultsAreCutOff) {
  std::string manifest;
  for (int i = 0; i < 1000; ++i) manifest += "x\n";
  EXPECT_LT(Fault(manifest).size(), 10'000u);
}

}  // namespace
}  // namespace huidu::check
