#include "config/version_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace huidu::config {
namespace {

using ::testing::HasSubstr;

std::string IdOf(std::string_view path) { return VersionIdFromPath(path, VersionNaming::kAny).value_or("refused"); }

TEST(VersionNameTest, TakesTheIdFromTheFolder) {
  EXPECT_EQ(IdOf("/models/ocr_v2"), "v2");
  EXPECT_EQ(IdOf("/models/ocr_v2///"), "v2");
  EXPECT_EQ(IdOf("/models/ocr_v1.2.0-20250405"), "v1.2.0-20250405");
  EXPECT_EQ(IdOf("/models/lac_seg_v1"), "v1");
  EXPECT_EQ(IdOf("v7"), "v7");
  EXPECT_EQ(IdOf("/models/pp-ocr"), "pp-ocr");
}

TEST(VersionNameTest, KeepsTheWholeNameWhereTheLastPartIsNoVersion) {
  EXPECT_EQ(IdOf("/models/my_model"), "my_model");
  EXPECT_EQ(IdOf("/models/ocr_v2_int8"), "ocr_v2_int8");
  EXPECT_EQ(IdOf("/models/ocr_v"), "ocr_v");
  EXPECT_EQ(IdOf("/models/_v2"), "refused") << "nothing stands before the underscore, and an id starts with a letter";
}

TEST(VersionNameTest, TakesANumericFolderAsTheNumber) {
  EXPECT_EQ(IdOf("/models/ocr/42"), "42");
  EXPECT_EQ(IdOf("/models/ocr/00042"), "42");
  EXPECT_EQ(IdOf("/models/ocr/000"), "0");
}

TEST(VersionNameTest, RefusesWordsThatMoveWithTheReason) {
  for (const char* word : {"latest", "dev", "test", "new", "tmp", "master", "main", "head", "current", "final", "old",
                           "prod", "stable", "candidate", "LATEST", "final-final", "ocr_latest", "ppocrv4_test"}) {
    const absl::Status status = CheckVersionId(word, VersionNaming::kAny);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << word;
    EXPECT_THAT(status.message(), HasSubstr("means another content tomorrow")) << word;
  }
}

TEST(VersionNameTest, AcceptsWordsBesideAVersionNumber) {
  for (const char* id :
       {"v2-test", "v1.0.0-rc1", "2-final", "stable-diffusion", "v1", "1", "20250405", "v1.0+build7"}) {
    EXPECT_TRUE(CheckVersionId(id, VersionNaming::kAny).ok()) << id;
  }
}

TEST(VersionNameTest, RefusesWhatCannotStandInAPathOrAHeader) {
  for (const char* id : {"", "..", ".hidden", "-v1", "v 1", "v/1", "v1\n", "版本1", "v1%00"}) {
    EXPECT_FALSE(CheckVersionId(id, VersionNaming::kAny).ok()) << id;
  }
  EXPECT_TRUE(CheckVersionId("v" + std::string(127, '1'), VersionNaming::kAny).ok());
  EXPECT_FALSE(CheckVersionId("v" + std::string(128, '1'), VersionNaming::kAny).ok());
}

TEST(VersionNameTest, StrictAcceptsOnlySemanticVersionAndDate) {
  for (const char* id : {"v1.2.0-20250405", "v0.0.0-202504052359", "v10.20.30-20240229235959"}) {
    EXPECT_TRUE(CheckVersionId(id, VersionNaming::kStrict).ok()) << id;
  }
  for (const char* id : {"v2", "1.2.0-20250405", "v1.2.0", "v1.2-20250405", "v1.2.0-20250431", "v1.2.0-20230229",
                         "v1.2.0-2025040524", "v1.2.0-202504052460", "v1.2.0-20250405235960", "v01.2.0-20250405",
                         "v1.2.0-20250405-1", "v1.2.0-+2025040", "v1..0-20250405"}) {
    EXPECT_FALSE(CheckVersionId(id, VersionNaming::kStrict).ok()) << id;
  }
}

TEST(VersionNameTest, OrdersFromOldToNew) {
  const std::vector<std::string> ordered = {"v0.9",
                                            "v1-alpha",
                                            "v1-rc1",
                                            "v1-rc2",
                                            "v1",
                                            "v1.0.0-rc1",
                                            "v1.0.0",
                                            "v1.0.0-20250405",
                                            "v1.0.1",
                                            "v1.2.0-20250405",
                                            "v1.2.0-202504051230",
                                            "v1.2.0-20250406",
                                            "v2",
                                            "v10",
                                            "20250405"};
  for (size_t i = 0; i < ordered.size(); ++i) {
    for (size_t j = 0; j < ordered.size(); ++j) {
      const int order = CompareVersions(ordered[i], ordered[j]);
      EXPECT_EQ(order < 0, i < j) << ordered[i] << " " << ordered[j];
      EXPECT_EQ(order > 0, i > j) << ordered[i] << " " << ordered[j];
    }
  }
}

TEST(VersionNameTest, ComparesNumbersOfAnyLength) {
  EXPECT_LT(CompareVersions("99999999999999999999", "100000000000000000000"), 0);
  EXPECT_LT(CompareVersions("9", "10"), 0);
}

TEST(VersionNameTest, CallsOnlyEqualIdsEqual) {
  EXPECT_EQ(CompareVersions("v1.0", "v1.0"), 0);
  EXPECT_NE(CompareVersions("v2", "2"), 0);
  EXPECT_NE(CompareVersions("v1.02", "v1.2"), 0);
  EXPECT_EQ(CompareVersions("v2", "2") < 0, CompareVersions("2", "v2") > 0);
}

}  // namespace
}  // namespace huidu::config
