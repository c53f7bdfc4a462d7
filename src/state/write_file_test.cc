#include "state/write_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace huidu::state {
namespace {

namespace fs = std::filesystem;

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class WriteFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "huidu_write_file_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  size_t FilesInFolder() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(WriteFileTest, ReplacesTheContentsAndLeavesNothingElse) {
  const std::string path = folder_ / "endpoints.json";
  ASSERT_TRUE(WriteFileAtomically(path, "first and longer").ok());
  ASSERT_TRUE(WriteFileAtomically(path, "second").ok());
  EXPECT_EQ(Read(path), "second");
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(WriteFileTest, SaysWhichPathAndWhyWhenTheFolderIsMissing) {
  const absl::Status status = WriteFileAtomically(folder_ / "missing" / "a.json", "x");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find("missing/a.json"), std::string::npos);
  EXPECT_NE(status.message().find("No such file"), std::string::npos);
}

TEST_F(WriteFileTest, KeepsTheOldFileWhenTheDiskIsFull) {
  const std::string path = folder_ / "endpoints.json";
  ASSERT_TRUE(WriteFileAtomically(path, "old").ok());
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tiny{4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tiny);
  const absl::Status status = WriteFileAtomically(path, std::string(10000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Read(path), "old");
  EXPECT_EQ(FilesInFolder(), 1u);
}

}  // namespace
}  // namespace huidu::state
