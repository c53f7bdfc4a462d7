#include "cli/sample_export.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace huidu::cli {
namespace {

TEST(DataSetTest, WritesFilesAndThenTheManifest) {
  std::string pattern = ::testing::TempDir() + "/huidu_set_XXXXXX";
  const std::string folder = std::string(mkdtemp(pattern.data())) + "/set";
  auto set = DataSet::Create(folder);
  ASSERT_TRUE(set.ok()) << set.status();
  samples::DataSetItem picture{.line = {{"file", ""}}, .extension = ".jpg", .contents = "JPG"};
  samples::DataSetItem text{.line = {{"text", "a"}}};
  EXPECT_EQ(set->Add(picture), absl::OkStatus());
  EXPECT_EQ(set->Add(text), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(folder + "/manifest.jsonl"));
  EXPECT_EQ(set->Finish(), absl::OkStatus());
  std::ifstream file(folder + "/manifest.jsonl");
  const std::string manifest((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(manifest, "{\"file\":\"0001.jpg\"}\n{\"text\":\"a\"}\n");
  EXPECT_EQ(std::filesystem::file_size(folder + "/0001.jpg"), 3u);
  EXPECT_EQ(DataSet::Create(folder).status().code(), absl::StatusCode::kAlreadyExists);
  std::filesystem::remove_all(std::filesystem::path(folder).parent_path());
}

}  // namespace
}  // namespace huidu::cli
