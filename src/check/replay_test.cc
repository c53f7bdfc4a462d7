#include "check/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

namespace huidu::check {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Answer Says(const std::string& text) {
  Output output{.name = "text", .type = tensor::DataType::kBytes, .shape = {1}};
  const auto length = static_cast<uint32_t>(text.size());
  output.data.resize(sizeof(length) + text.size());
  std::memcpy(output.data.data(), &length, sizeof(length));
  std::memcpy(output.data.data() + sizeof(length), text.data(), text.size());
  return {.outputs = {std::move(output)}};
}

Answer Fails() { return {.status = absl::InternalError("no memory")}; }

struct Before {
  std::optional<std::string> answer;
  std::string error, answered_by;
  std::optional<std::string> expected;
};

Sample Kept(const Before& before, const std::string& reason = "RANDOM") {
  Sample sample{.id = "s", .category = reason};
  sample.answer = before.answer;
  sample.error = before.error;
  sample.answered_by = before.answered_by;
  sample.expected = before.expected;
  return sample;
}

ComparedAnswer SinceCapture(const Before& before, const Answer& now) {
  return CompareReplayed(Kept(before), now, nullptr, {}).captured;
}

TEST(CompareReplayedTest, WhatTheUserGotIsTheMeasure) {
  EXPECT_EQ(SinceCapture({.answer = "a b"}, Says("a b")).change, Change::kSame);
  const ComparedAnswer changed = SinceCapture({.answer = "abcd"}, Says("abce"));
  EXPECT_EQ(changed.change, Change::kChanged);
  EXPECT_DOUBLE_EQ(changed.agreement, 0.75);
  EXPECT_EQ(changed.text, "abcd");
  EXPECT_EQ(SinceCapture({.answer = "a"}, Fails()).change, Change::kFailsNow);
  EXPECT_EQ(SinceCapture({.error = "boom"}, Says("a")).change, Change::kAnsweredNow);
  EXPECT_EQ(SinceCapture({.error = "boom"}, Fails()).change, Change::kStillFails);
  EXPECT_EQ(SinceCapture({}, Says("a")).change, Change::kNotKnown) << "the answer was masked";
  EXPECT_EQ(SinceCapture({}, Fails()).change, Change::kNotKnown);
}

// The version failed, though the user noticed nothing: that it answers now is the news.
TEST(CompareReplayedTest, AFailureThatAnotherVersionAnsweredIsAFailure) {
  const Before rescued{.answer = "A", .error = "boom", .answered_by = "v1"};
  const ComparedAnswer as_v1 = SinceCapture(rescued, Says("A"));
  EXPECT_EQ(as_v1.change, Change::kAnsweredNow);
  EXPECT_EQ(as_v1.agreement, 1);
  EXPECT_EQ(as_v1.text, "error: boom; v1 answered the user: A");
  EXPECT_LT(SinceCapture(rescued, Says("B")).agreement, 1);
  EXPECT_EQ(SinceCapture(rescued, Fails()).change, Change::kStillFails);
}

TEST(CompareReplayedTest, ALongErrorIsCutBetweenCharacters) {
  std::string error = "x";
  for (int i = 0; i < 2000; ++i) error += "错";
  const std::string text = SinceCapture({.error = error}, Fails()).text;
  EXPECT_LT(text.size(), error.size());
  EXPECT_EQ((text.size() - std::string("error: x").size()) % 3, 0u);
}

TEST(CompareReplayedTest, TheExpectedAnswerJudgesAll) {
  const Answer other = Says("wrong");
  const Sample sample = Kept({.answer = "also wrong", .expected = "right"});
  const ReplayedSample replayed = CompareReplayed(sample, Says("right"), &other, {});
  EXPECT_EQ(replayed.score, 1);
  EXPECT_LT(*replayed.captured.score, 1);
  EXPECT_LT(*replayed.against->score, 1);
  EXPECT_EQ(CompareReplayed(Kept({.error = "boom", .expected = "a"}), Fails(), nullptr, {}).captured.score, 0);
  EXPECT_FALSE(CompareReplayed(Kept({.expected = "a"}), Fails(), nullptr, {}).captured.score.has_value());
}

TEST(CompareReplayedTest, TheOtherVersionIsComparedLikewise) {
  const Answer other = Fails();
  const ReplayedSample replayed = CompareReplayed(Kept({.answer = "a"}), Says("a"), &other, {});
  EXPECT_EQ(replayed.captured.change, Change::kSame);
  EXPECT_EQ(replayed.against->change, Change::kAnsweredNow);
  EXPECT_EQ(MainComparison(replayed).text, "error: no memory");
}

TEST(CompareReplayedTest, LongAnswersAreCutOff) {
  const ReplayedSample replayed = CompareReplayed(Kept({.answer = "a"}), Says(std::string(100'000, 'x')), nullptr, {});
  EXPECT_LE(replayed.now.size(), 4096u);
}

class ReplayReportTest : public ::testing::Test {
 protected:
  ReplayReportTest() {
    Add(Kept({.answer = "a"}), Says("a"));
    Add(Kept({.answer = "a", .error = "boom", .answered_by = "v1", .expected = "a"}, "FAILED"), Says("a"));
    Add(Kept({.answer = "abcd"}), Says("abcx"));
    Add(Kept({.answer = "a"}), Fails());
    result_.not_sent["an input was masked"] = {"0123"};
  }
  void Add(const Sample& sample, const Answer& now) {
    result_.samples.push_back(CompareReplayed(sample, now, nullptr, {}));
    result_.samples.back().sample = dataset_.samples.size();
    dataset_.samples.push_back(sample);
  }

  Dataset dataset_;
  ReplayResult result_;
};

TEST_F(ReplayReportTest, TheTallyCountsEachOnce) {
  const ReplayTally tally = TallyOf(result_);
  EXPECT_THAT(tally.captured, ::testing::ElementsAre(1, 1, 1, 1, 0, 0));
  EXPECT_EQ(tally.samples, 4u);
  EXPECT_EQ(tally.failed, 1u);
  EXPECT_EQ(tally.as_the_user_got, 1u);
  EXPECT_EQ(tally.expected_known, 1u);
  EXPECT_EQ(tally.right, 1u);
  EXPECT_EQ(tally.captured_right, 1u) << "v1 answered the user rightly";
  const auto by_reason = TallyByReason(dataset_, result_);
  EXPECT_EQ(by_reason.at("FAILED").samples, 1u);
  EXPECT_EQ(by_reason.at("RANDOM").samples, 3u);
}

TEST_F(ReplayReportTest, TheWorstComeFirst) {
  std::vector<size_t> order;
  for (const ReplayedSample* sample : Differing(result_)) order.push_back(sample->sample);
  EXPECT_THAT(order, ::testing::ElementsAre(3, 2, 1));
}

TEST_F(ReplayReportTest, TheJsonHoldsEverySample) {
  const auto json = nlohmann::json::parse(ReplayJson(dataset_, result_));
  EXPECT_EQ(json["all"]["captured"]["answered_now"], 1);
  EXPECT_EQ(json["by_reason"]["FAILED"]["expected"]["right"], 1);
  EXPECT_EQ(json["not_sent"]["an input was masked"][0], "0123");
  ASSERT_EQ(json["samples"].size(), 4u);
  EXPECT_EQ(json["samples"][2]["captured"]["change"], "changed");
  EXPECT_EQ(json["samples"][3]["now"]["failed"], true);
  EXPECT_FALSE(json["all"].contains("against"));
}

// The page shows what users sent and models answered: nothing of it may become markup.
TEST_F(ReplayReportTest, ThePageShowsWhatDiffersAndEscapesIt) {
  Sample picture = Kept({.answer = "a<b"}, "SLOW");
  picture.kind = Sample::Kind::kFile;
  picture.content = "\x89PNG";
  Add(picture, Says("<script>"));
  result_.against = ReplayedVersion{.name = "v1", .directory = "/models/v1"};
  const std::string page = ReplayHtml(dataset_, result_);
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("src=\"data:image/png;base64,"));
  EXPECT_THAT(page, HasSubstr("<p class=\"badge failed\">fails now</p>"));
  EXPECT_THAT(page, HasSubstr("1 not sent: an input was masked"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
}

}  // namespace
}  // namespace huidu::check
