#include "repository/find_versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/status.h"
#include "repository/test_folder.h"

namespace huidu::repository {
namespace {

using config::VersionPolicy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::StatusOr<std::vector<FoundVersion>> FindVersions(const std::string& base_path, const VersionPolicy& policy) {
  config::ModelConfig model;
  model.name = "m";
  model.base_path = base_path;
  model.version_policy = policy;
  HUIDU_ASSIGN_OR_RETURN(ModelVersions found, FindModelVersions(model));
  return found.versions;
}

class FindVersionsTest : public ::testing::Test {
 protected:
  void MakeVersions(std::initializer_list<const char*> names) {
    for (const char* name : names) folder_.Write(std::string(name) + "/model.onnx");
  }
  std::vector<std::string> Ids(const VersionPolicy& policy) {
    const auto found = FindVersions(folder_.path(), policy);
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> ids;
    if (found.ok()) {
      for (const FoundVersion& version : *found) ids.push_back(version.id);
    }
    return ids;
  }
  std::string Refused(const VersionPolicy& policy = {}) {
    const auto found = FindVersions(folder_.path(), policy);
    EXPECT_FALSE(found.ok());
    return std::string(found.status().message());
  }
  config::ModelConfig Model() {
    config::ModelConfig model;
    model.name = "m";
    model.base_path = folder_.path();
    return model;
  }

  TestFolder folder_;
};

TEST_F(FindVersionsTest, TakesAVersionFolderAsTheOneVersion) {
  MakeVersions({"ocr_v2"});
  const auto found = FindVersions(folder_ / "ocr_v2", {});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ((*found)[0].id, "v2");
  EXPECT_EQ((*found)[0].path, folder_ / "ocr_v2");
}

TEST_F(FindVersionsTest, RefusesAVersionFolderWithANameThatMoves) {
  MakeVersions({"latest"});
  const auto found = FindVersions(folder_ / "latest", {});
  EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(FindVersionsTest, PicksByThePolicyWithNumbersInOrder) {
  MakeVersions({"1", "2", "10", "00011"});
  EXPECT_THAT(Ids({}), ElementsAre("11"));
  EXPECT_THAT(Ids({VersionPolicy::Kind::kLatest, 2}), ElementsAre("10", "11"));
  EXPECT_THAT(Ids({VersionPolicy::Kind::kLatest, 99}), ElementsAre("1", "2", "10", "11"));
  EXPECT_THAT(Ids({VersionPolicy::Kind::kAll}), ElementsAre("1", "2", "10", "11"));
  EXPECT_THAT(Ids({VersionPolicy::Kind::kSpecific, 0, {"10", "2"}}), ElementsAre("2", "10"));
}

TEST_F(FindVersionsTest, PassesOverWhatIsNoVersion) {
  MakeVersions({"v1", "v2", "latest", ".hidden"});
  folder_.Write("docs/readme.txt");
  folder_.Write("notes.txt");
  EXPECT_THAT(Ids({VersionPolicy::Kind::kAll}), ElementsAre("v1", "v2"));
}

TEST_F(FindVersionsTest, TellsWhyNothingWasFound) {
  EXPECT_THAT(Refused(), HasSubstr("is empty"));
  MakeVersions({"latest"});
  folder_.Write("v1/readme.txt");
  EXPECT_THAT(Refused(), HasSubstr("holds neither a model nor a folder of a version"));
  EXPECT_THAT(Refused(), HasSubstr("'latest' means another content tomorrow"));
  EXPECT_THAT(Refused(), HasSubstr("v1 holds no model files"));
}

TEST_F(FindVersionsTest, RefusesTwoFoldersWithOneId) {
  MakeVersions({"ocr_v1", "lac_v1"});
  EXPECT_THAT(Refused(), HasSubstr("both give the version id v1"));
}

TEST_F(FindVersionsTest, RefusesAVersionThatIsNotThere) {
  MakeVersions({"1", "2"});
  EXPECT_THAT(Refused({VersionPolicy::Kind::kSpecific, 0, {"3"}}), HasSubstr("names version 3, but"));
}

TEST_F(FindVersionsTest, TellsThatTheFolderIsMissing) {
  const auto found = FindVersions(folder_ / "none", {});
  EXPECT_EQ(found.status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FindVersionsTest, TheNewestVersionIsLive) {
  MakeVersions({"1", "2", "3"});
  config::ModelConfig model = Model();
  model.version_policy.num_versions = 2;
  const auto found = FindModelVersions(model);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->live, "3");
  EXPECT_EQ(found->versions.size(), 2u);
}

TEST_F(FindVersionsTest, TheConfiguredVersionIsLiveAndTakesAPlace) {
  MakeVersions({"1", "2", "3"});
  config::ModelConfig model = Model();
  model.version = "1";
  auto found = FindModelVersions(model);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->live, "1");
  EXPECT_EQ(found->versions.size(), 1u);
  model.version_policy.num_versions = 2;
  found = FindModelVersions(model);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->versions.size(), 2u);
  EXPECT_EQ(found->versions[0].id, "1");
  EXPECT_EQ(found->versions[1].id, "3");
  model.version = "7";
  EXPECT_THAT(std::string(FindModelVersions(model).status().message()), HasSubstr("version '7' is not in"));
}

TEST_F(FindVersionsTest, TheConfiguredVersionNamesAFolderWithAnyName) {
  MakeVersions({"latest"});
  config::ModelConfig model = Model();
  model.base_path = folder_ / "latest";
  model.version = "v7";
  const auto found = FindModelVersions(model);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->live, "v7");
}

TEST_F(FindVersionsTest, ExtraVersionsStandBesideTheLiveOne) {
  MakeVersions({"ocr_v1", "ocr_v2"});
  config::ModelConfig model = Model();
  model.base_path = folder_ / "ocr_v1";
  model.versions = {{"v2", folder_ / "ocr_v2"}};
  const auto found = FindModelVersions(model);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->live, "v1");
  ASSERT_EQ(found->versions.size(), 2u);
  EXPECT_EQ(found->versions[1].path, folder_ / "ocr_v2");
  model.versions = {{"v1", folder_ / "ocr_v2"}};
  EXPECT_THAT(std::string(FindModelVersions(model).status().message()), HasSubstr("version 'v1' is both"));
}

// Whoever wrote the file is led to the line that is to be mended.
TEST_F(FindVersionsTest, ErrorsBeginWithThePlaceInTheFile) {
  MakeVersions({"1", "2"});
  config::ModelConfig model = Model();
  model.places = {"f:1:2", "f:3:4", "f:5:6", "f:7:8"};
  const auto refused = [&] { return std::string(FindModelVersions(model).status().message()); };
  model.version_labels = {{"stable", "1"}};
  EXPECT_THAT(refused(), StartsWith("f:7:8: model 'm': label"));
  model.versions = {{"9", folder_ / "none", "f:9:9"}};
  EXPECT_THAT(refused(), StartsWith("f:9:9: model 'm': version 9: cannot read the folder"));
  model.version_policy = {VersionPolicy::Kind::kSpecific, 0, {"3"}};
  EXPECT_THAT(refused(), StartsWith("f:5:6: model 'm': model_version_policy names version 3"));
  model.version = "7";
  EXPECT_THAT(refused(), StartsWith("f:3:4: model 'm': version '7' is not in"));
  model.base_path = folder_ / "gone";
  EXPECT_THAT(refused(), StartsWith("f:1:2: model 'm': cannot read the folder"));
  model.version = "";
  MakeVersions({"latest"});
  model.base_path = folder_ / "latest";
  EXPECT_THAT(refused(), StartsWith("f:1:2: model 'm': "));
  EXPECT_THAT(refused(), HasSubstr("'latest' means another content tomorrow"));
}

TEST_F(FindVersionsTest, RefusesALabelThatPointsToNothing) {
  MakeVersions({"1", "2"});
  config::ModelConfig model = Model();
  model.version_labels = {{"stable", "1"}};
  EXPECT_THAT(std::string(FindModelVersions(model).status().message()),
              HasSubstr("model 'm': label 'stable' points to version 1; loaded are 2"));
  model.version_policy.kind = VersionPolicy::Kind::kAll;
  EXPECT_TRUE(FindModelVersions(model).ok());
}

}  // namespace
}  // namespace huidu::repository
