#include "front/versions/live_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace huidu::front {
namespace {

using ::testing::HasSubstr;

const LiveChoice kPromoted{.base_path = "/models/ocr_v1",
                           .configured = {"v1", "/models/ocr_v1", "aa"},
                           .live = {"v2", "/models/ocr_v2", "bb"},
                           .since = "2026-11-22T03:00:00.000Z"};

TEST(LiveChoiceTest, HoldsWhileTheConfigurationLeadsToTheSame) {
  EXPECT_TRUE(kPromoted.Holds("/models/ocr_v1", kPromoted.configured));
  EXPECT_FALSE(kPromoted.Holds("/models/ocr_v3", {"v3", "/models/ocr_v3", "cc"}));
  EXPECT_FALSE(kPromoted.Holds("/models/./ocr_v1", kPromoted.configured)) << "an edit is a wish";
}

TEST(LiveChoiceTest, EndsWithWhatIsNewBehindTheSameBasePath) {
  EXPECT_FALSE(kPromoted.Holds("/models/ocr_v1", {"v1", "/models/ocr_v1", "cc"})) << "other files";
  EXPECT_FALSE(kPromoted.Holds("/models/ocr_v1", {"4", "/models/ocr_v1/4", "aa"})) << "a newer folder in it";
  EXPECT_FALSE(kPromoted.Holds("/models/ocr_v1", {"v1", "/other/ocr_v1", "aa"})) << "a link to another place";
}

TEST(LiveChoiceTest, AFolderThatCannotBeReadIsNoNewWish) {
  EXPECT_TRUE(kPromoted.Holds("/models/ocr_v1", {}));
  EXPECT_TRUE(kPromoted.Holds("/models/ocr_v1", {"v1", "/models/ocr_v1", ""}));
  EXPECT_FALSE(kPromoted.Holds("/models/ocr_v3", {}));
}

TEST(LiveChoiceTest, WhatWasUnknownThenIsNotTakenForTheSameNow) {
  LiveChoice unknown = kPromoted;
  unknown.configured.content_hash = "";
  EXPECT_FALSE(unknown.Holds("/models/ocr_v1", kPromoted.configured)) << "it was repaired";
}

TEST(LiveChoiceTest, SaysWhatToEdit) {
  const std::string why = kPromoted.Why("ocr");
  EXPECT_THAT(why, HasSubstr("made v2 live at 2026-11-22T03:00:00.000Z"));
  EXPECT_THAT(why, HasSubstr("base_path '/models/ocr_v1' has named v1"));
  EXPECT_THAT(why, HasSubstr("huidu switch ocr v1"));
  EXPECT_THAT(why, HasSubstr("base_path '/models/ocr_v2'"));
}

}  // namespace
}  // namespace huidu::front
