#include "task/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::task {
namespace {

using ::testing::HasSubstr;

Description With(std::vector<Setting> settings) {
  Description description{.task = "ocr", .directory = "/models/ocr_v2"};
  description.settings = std::move(settings);
  return description;
}

TEST(SettingsTest, GivesWhatIsWrittenAndElseTheDefault) {
  const Description description = With({{"threshold", "0.25", "f:1:1"},
                                        {"side", "64", "f:2:1"},
                                        {"tilt", "false", "f:3:1"},
                                        {"order", "lines", "f:4:1"}});
  Settings settings(description);
  EXPECT_EQ(settings.Number("threshold", 0.5, 0, 1), 0.25);
  EXPECT_EQ(settings.Number("other", 0.5, 0, 1), 0.5);
  EXPECT_EQ(settings.Integer("side", 32, 1, 100), 64);
  EXPECT_FALSE(settings.Flag("tilt", true));
  EXPECT_TRUE(settings.Flag("other_flag", true));
  EXPECT_EQ(settings.Choice("order", "boxes", {"boxes", "lines"}), "lines");
  EXPECT_EQ(settings.Check(), absl::OkStatus());
}

TEST(SettingsTest, NamesEveryFaultWithItsPlaceAndWhatIsAllowed) {
  const Description description = With({{"threshold", "1.5", "f:1:1"},
                                        {"side", "64px", "f:2:1"},
                                        {"tilt", "no", "f:3:1"},
                                        {"treshold", "0.1", "f:4:1"},
                                        {"side", "3", "f:5:1"}});
  Settings settings(description);
  EXPECT_EQ(settings.Number("threshold", 0.5, 0, 1), 0.5);
  settings.Integer("side", 32, 4, 100);
  EXPECT_TRUE(settings.Flag("tilt", true));
  const std::string text(Text(settings.Check()));
  EXPECT_THAT(text, HasSubstr("f:1:1: setting 'threshold' is '1.5'; expected is a number from 0 to 1"));
  EXPECT_THAT(text, HasSubstr("f:5:1: setting 'side' is written twice"));
  EXPECT_THAT(text, HasSubstr("f:3:1: setting 'tilt' is 'no'; expected is true or false"));
  EXPECT_THAT(text, HasSubstr("f:4:1: task 'ocr' has no setting 'treshold'; it has side, threshold, tilt"));
}

TEST(SettingsTest, NotANumberIsNoNumber) {
  const Description description = With({{"threshold", "nan", "f:1:1"}});
  Settings settings(description);
  settings.Number("threshold", 0.5, 0, 1);
  EXPECT_FALSE(settings.Check().ok());
}

TEST(ResourceTest, MissingAndUnknownOnesAreNamed) {
  Description description = With({});
  description.resources = {{"dictionary", "/models/ocr_v2/keys.txt"}};
  EXPECT_EQ(*RequireResource(description, "dictionary"), "/models/ocr_v2/keys.txt");
  EXPECT_EQ(FindResource(description, "labels"), "");
  EXPECT_THAT(Text(RequireResource(description, "labels").status()), HasSubstr("needs resources { name: 'labels'"));
  EXPECT_EQ(CheckResources(description, {"dictionary"}), absl::OkStatus());
  EXPECT_THAT(Text(CheckResources(description, {"labels"})),
              HasSubstr("no use for a resource 'dictionary'; it knows labels"));
}

TEST(ResourceTest, ReadingIsBounded) {
  EXPECT_EQ(ReadResource("/nowhere/keys.txt", 10).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadResource("/proc/self/exe", 10).status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace huidu::task
