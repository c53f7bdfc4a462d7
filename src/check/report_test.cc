#include "check/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "check/judge.h"

namespace huidu::check {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportTest : public ::testing::Test {
 protected:
  ReportTest() {
    for (int i = 0; i < 3; ++i) {
      Sample sample{
          .id = "s" + std::to_string(i), .kind = Sample::Kind::kFile, .content = "\x89PNG", .file = "/d/1.png"};
      sample.expected = "a<b";
      dataset_.samples.push_back(sample);
      SampleResult answer{.sample = static_cast<size_t>(i), .candidate = "<script>", .baseline = "a<b"};
      answer.candidate_score = 1 - 0.4 * i;
      answer.baseline_score = 1;
      answer.agreement = *answer.candidate_score;
      result_.samples.push_back(answer);
    }
    result_.model = "ocr & more";
    result_.baseline.emplace();
    result_.candidate.loads = {{.callers = 2, .requests = 10, .seconds = 1}};
    result_.baseline->loads = result_.candidate.loads;
    result_.candidate.loads[0].latency.Record(5'000'000, 10);
    result_.baseline->loads[0].latency.Record(4'000'000, 10);
    result_.candidate.memory = {{0, 100}, {50, 101}};
    Summarize(dataset_, result_);
    result_.verdicts = Judge(result_);
  }

  Dataset dataset_;
  CheckResult result_;
};

TEST_F(ReportTest, WhatAServerKeepsIsBoundedAndBeginsWithWhatDidNotPass) {
  result_.candidate.content_hash = "c0";
  result_.baseline->content_hash = "b0";
  result_.time = "2026-11-22T03:00:00.000Z";
  result_.dataset_sha256 = "d0";
  result_.verdicts.assign(100, {.rule = "accuracy", .state = State::kPassed});
  std::string text(511, 'a');
  result_.verdicts.push_back({.rule = "p99_ratio", .state = State::kFailed, .text = text + "\xe7\x81\xb0\n"});
  for (const auto& [path, name] :
       std::initializer_list<std::pair<const char*, const char*>>{{"/d/pages/manifest.jsonl", "pages"},
                                                                  {"/d/pages/", "pages"},
                                                                  {"/d/pages", "pages"},
                                                                  {"pages.jsonl", "pages"},
                                                                  {"/d/a.b", "a.b"}}) {
    result_.dataset = path;
    EXPECT_EQ(RecordOf(result_)["dataset"]["name"], name) << path;
  }
  const auto json = RecordOf(result_);
  EXPECT_EQ(json["content_hash"], "c0");
  EXPECT_EQ(json["baseline_content_hash"], "b0");
  EXPECT_EQ(json["has_baseline"], true);
  EXPECT_EQ(json["labelled"], result_.samples.size());
  EXPECT_EQ(json["time"], result_.time);
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["verdicts"].size(), 64u);
  EXPECT_EQ(json["verdicts"][0]["rule"], "p99_ratio");
  EXPECT_EQ(json["verdicts"][0]["text"], text) << "cut in front of a character, not in it";
}

TEST_F(ReportTest, TheWorstComeFirstAndTheRightAreLeftOut) {
  const auto worst = Worst(result_, 10);
  ASSERT_EQ(worst.size(), 2u);
  EXPECT_EQ(worst[0]->sample, 2u);
  EXPECT_EQ(Worst(result_, 1).size(), 1u);
}

TEST_F(ReportTest, TheJsonHoldsVerdictsAndFigures) {
  const auto json = nlohmann::json::parse(JsonReport(dataset_, result_));
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["tolerance"]["absolute"], 1e-4);
  EXPECT_NEAR(json["candidate"]["accuracy"]["value"].get<double>(), 0.6, 1e-9);
  EXPECT_NEAR(json["candidate"]["loads"][0]["p99_ms"].get<double>(), 5, 0.05);
  EXPECT_EQ(json["differences"].size(), 2u);
  EXPECT_EQ(json["differences"][0]["id"], "s2");
  EXPECT_EQ(json["verdicts"][3]["rule"], "accuracy_drop");
}

// The page shows what models answered and what a data set holds: nothing of it may become markup.
TEST_F(ReportTest, ThePageShowsPicturesAndEscapesTexts) {
  const std::string page = HtmlReport(dataset_, result_);
  EXPECT_THAT(page, HasSubstr("ocr &amp; more"));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("src=\"data:image/png;base64,"));
  EXPECT_THAT(page, HasSubstr("did not pass"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
}

// Where a page is cut into lines is not what it says: only what was read otherwise is marked.
TEST_F(ReportTest, LinesThatAreNotInTheExpectedTextAreMarked) {
  dataset_.samples[2].expected = "甲方：北京\n乙方：杭州";
  result_.samples[2].candidate = "甲方：\n北 京\n乙方：抗州";
  const std::string page = HtmlReport(dataset_, result_);
  EXPECT_THAT(page, HasSubstr("<pre>甲方：\n北 京\n<mark>乙方：抗州</mark></pre>"));
}

TEST_F(ReportTest, ALongTextIsCutBetweenCharacters) {
  std::string text = "a";
  for (int i = 0; i < 2000; ++i) text += "字";
  result_.samples[2].candidate = text;
  const std::string page = HtmlReport(dataset_, result_);
  EXPECT_THAT(page, HasSubstr("字</mark>…"));
}

}  // namespace
}  // namespace huidu::check
