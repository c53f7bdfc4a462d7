#include "cli/check/replay_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace huidu::cli {
namespace {

using check::Change;
using ::testing::HasSubstr;
using ::testing::Not;

class ReplayTextTest : public ::testing::Test {
 protected:
  ReplayTextTest() {
    result_.model = "ocr";
    result_.version = {.name = "v4", .directory = "/models/ocr_v4", .content_hash = "0123456789abcdef0123"};
    Add("aa", "FAILED", "error: boom", Change::kAnsweredNow, "姓名");
    Add("bb", "SLOW", "same", Change::kSame, "same");
    Add("cc", "SLOW", "two\nlines", Change::kChanged, std::string("\033[31mred ") + std::string(200, 'x'));
  }
  void Add(const std::string& id, const std::string& reason, const std::string& before, Change change,
           const std::string& now) {
    check::ReplayedSample replayed{.sample = dataset_.samples.size(), .now = now};
    replayed.captured = {.text = before, .change = change, .agreement = change == Change::kSame ? 1 : 0.25};
    result_.samples.push_back(replayed);
    dataset_.samples.push_back({.id = id, .category = reason});
  }
  std::string Text(size_t shown = 20) { return ReplayText(dataset_, result_, shown, /*colors=*/false); }

  check::Dataset dataset_;
  check::ReplayResult result_;
};

TEST_F(ReplayTextTest, CountsStandByReason) {
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("3 samples of ocr through v4 (/models/ocr_v4), content 0123456789abcdef, in 0.0 s\n"));
  EXPECT_THAT(text, HasSubstr("SINCE IT WAS KEPT  SAMPLES  SAME  CHANGED  ANSWERED NOW  FAILS NOW  STILL FAILS\n"
                              "FAILED                   1     0        0             1          0            0\n"
                              "SLOW                     2     1        1             0          0            0\n"
                              "all                      3     1        1             1          0            0\n"));
  EXPECT_THAT(text, Not(HasSubstr("known right answer")));
}

TEST_F(ReplayTextTest, WhatDiffersIsListedInOneLineEach) {
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("cc  SLOW      changed       25.0 %  two lines"));
  EXPECT_THAT(text, HasSubstr("?[31mred xx")) << "an answer does not drive the terminal";
  EXPECT_THAT(text, HasSubstr("x…\n"));
  EXPECT_THAT(text, HasSubstr("aa  FAILED    answered now"));
  EXPECT_THAT(text, Not(HasSubstr("bb  ")));
  EXPECT_THAT(Text(1), HasSubstr("… and 1 more"));
  EXPECT_THAT(Text(0), Not(HasSubstr("cc")));
}

TEST_F(ReplayTextTest, TheOtherVersionHasATableOfItsOwn) {
  result_.against = {.name = "live", .directory = "/models/ocr_v2", .crashes = 2};
  for (auto& sample : result_.samples) sample.against = check::ComparedAnswer{.text = "w", .change = Change::kSame};
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("against live (/models/ocr_v2), content , crashed 2 times\nAGAINST IT"));
  EXPECT_THAT(text, Not(HasSubstr("two lines"))) << "it is the measure then";
}

TEST_F(ReplayTextTest, WhatIsRightAndWhatIsNotSentIsSaid) {
  result_.samples[0].score = 1;
  result_.samples[0].captured.score = 0;
  result_.samples[0].captured.agreement = 1;
  result_.samples[1].score = 0.5;
  result_.samples[2].captured.change = Change::kNotKnown;
  result_.not_sent["an input was masked"] = std::vector<std::string>(12, "dd");
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("1 of the 1 answered now: just as another version answered the user\n"));
  EXPECT_THAT(text, HasSubstr("of 2 with a known right answer: 1 right, 1 wrong; of what users got: 0 of 1 right\n"));
  EXPECT_THAT(text, HasSubstr("12 not sent: an input was masked: dd dd dd dd dd dd dd dd dd dd …\n"));
  EXPECT_THAT(text, HasSubstr("NOT KNOWN"));
}

}  // namespace
}  // namespace huidu::cli
