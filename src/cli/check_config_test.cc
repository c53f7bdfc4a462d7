#include "cli/check_config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class CheckConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "huidu_check_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& text) {
    const std::string path = folder_ / "model_config.prototxt";
    std::ofstream(path) << text;
    return path;
  }

  std::filesystem::path folder_;
};

TEST_F(CheckConfigTest, ListsTheModelsOfAGoodFile) {
  const auto report = CheckConfig(
      Write("model_config_list { config { name: 'ocr' base_path: '/models/ocr_v1' platform: 'paddle_serving' } }"),
      false);
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.findings, ElementsAre("model 'ocr': /models/ocr_v1"));
  EXPECT_EQ(ToJson(report)["ok"], true);
}

TEST_F(CheckConfigTest, GivesEveryFaultALineWithItsPlace) {
  const std::string path = Write(
      "model_config_list {\n  config { name: 'a' base_path: '/a' colour: 3 }\n"
      "  config { name: 'b' base_path: '/b' shape: 4 }\n}\n");
  const auto report = CheckConfig(path, false);
  ASSERT_FALSE(report.errors.empty());
  EXPECT_THAT(report.errors[0], HasSubstr(path + ":2:"));
  EXPECT_EQ(ToJson(report)["ok"], false);
}

TEST_F(CheckConfigTest, SaysThatTheFileIsMissing) {
  const auto report = CheckConfig("/nonexistent/model_config.prototxt", false);
  ASSERT_EQ(report.errors.size(), 1u);
  EXPECT_THAT(report.errors[0], HasSubstr("/nonexistent/model_config.prototxt"));
}

TEST_F(CheckConfigTest, LooksAtFoldersWhenAsked) {
  std::filesystem::create_directory(folder_ / "ocr_v1");
  const std::string path =
      Write("model_config_list { config { name: 'ocr' base_path: '" + (folder_ / "ocr_v1").string() + "' } }");
  EXPECT_THAT(CheckConfig(path, false).errors, IsEmpty());
  const auto report = CheckConfig(path, true);
  ASSERT_EQ(report.errors.size(), 1u);
  EXPECT_THAT(report.errors[0], StartsWith(path + ":1:42: model 'ocr'"));
}

}  // namespace
}  // namespace huidu::cli
