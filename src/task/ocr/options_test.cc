#include "task/ocr/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::task::ocr {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Options> Read(std::vector<Setting> settings) {
  return ReadOptions({.task = "ocr", .directory = "/models/ocr_v2", .settings = std::move(settings)});
}

TEST(OptionsTest, APresetSetsWhatNothingElseSets) {
  const auto ours = Read({}), theirs = Read({{"preset", "rapidocr", "f:1:1"}});
  const auto changed = Read({{"reading_order", "page", "f:2:1"}, {"preset", "rapidocr", "f:1:1"}});
  ASSERT_TRUE(ours.ok() && theirs.ok() && changed.ok());
  EXPECT_EQ(ours->order, ReadingOrder::kPage);
  EXPECT_EQ(theirs->order, ReadingOrder::kRows);
  EXPECT_EQ(theirs->min_width, 320);
  EXPECT_EQ(changed->order, ReadingOrder::kPage);
  EXPECT_EQ(changed->min_width, 320);
}

TEST(OptionsTest, StepsThatCostTimeAreOffUntilAskedFor) {
  const auto options = Read({});
  ASSERT_TRUE(options.ok());
  EXPECT_FALSE(options->enlarge_small_text || options->deskew || options->denoise);
  const auto asked = Read({{"enlarge_small_text", "true", ""}, {"deskew", "true", ""}, {"denoise", "true", ""}});
  ASSERT_TRUE(asked.ok());
  EXPECT_TRUE(asked->enlarge_small_text && asked->deskew && asked->denoise);
}

TEST(OptionsTest, WrongSettingsAreNamedWithWhatIsAllowed) {
  const auto options =
      Read({{"preset", "paddleocr", "f:1:1"}, {"detection_threshold", "2", "f:2:1"}, {"max_line", "5", "f:3:1"}});
  const std::string text(Text(options.status()));
  EXPECT_THAT(text, HasSubstr("f:1:1: setting 'preset' is 'paddleocr'; expected is huidu or rapidocr"));
  EXPECT_THAT(text, HasSubstr("f:2:1: setting 'detection_threshold' is '2'; expected is a number from 0 to 1"));
  EXPECT_THAT(text, HasSubstr("f:3:1: task 'ocr' has no setting 'max_line'; it has angle, classification"));
}

}  // namespace
}  // namespace huidu::task::ocr
