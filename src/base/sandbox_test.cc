#include "base/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>

namespace huidu {
namespace {

class SandboxTest : public ::testing::Test {
 protected:
  SandboxTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_sandbox_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    std::filesystem::create_directories(folder_ + "/model");
    std::filesystem::create_directories(folder_ + "/cache");
    std::ofstream(folder_ + "/model/inference.pdiparams") << "weights";
  }
  ~SandboxTest() override { std::filesystem::remove_all(folder_); }

  // In a process of its own, as there is no way out of a sandbox: the errno of `attempt` (0: it succeeded); -1: this
  // kernel has no Landlock.
  int InSandbox(const std::function<bool()>& attempt) const {
    return In([this] { return EnterSandbox({folder_ + "/cache"}); }, attempt);
  }
  int Reading(const std::string& folder, const std::function<bool()>& attempt) const {
    return In([folder] { return EnterReadingSandbox({folder}); }, attempt);
  }
  static int In(const std::function<std::string()>& enter, const std::function<bool()>& attempt) {
    const pid_t child = fork();
    if (child == 0) {
      if (enter().find("no landlock") != std::string::npos) _exit(255);
      errno = 0;
      _exit(attempt() ? 0 : errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
  }
  static bool CanOpen(const std::string& path, int flags) { return open(path.c_str(), flags, 0600) >= 0; }

  std::string folder_;
};

TEST_F(SandboxTest, AWorkerReadsTheModelFolderAndCannotWriteIt) {
  const std::string file = folder_ + "/model/inference.pdiparams";
  const int read = InSandbox([&] { return CanOpen(file, O_RDONLY); });
  if (read == -1) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(read, 0);
  EXPECT_EQ(InSandbox([&] { return CanOpen(file, O_WRONLY); }), EACCES);
  EXPECT_EQ(InSandbox([&] { return CanOpen(folder_ + "/model/new", O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(InSandbox([&] { return unlink(file.c_str()) == 0; }), EACCES);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(SandboxTest, ItWritesWhereItMay) {
  const int wrote = InSandbox([&] { return CanOpen(folder_ + "/cache/new", O_WRONLY | O_CREAT); });
  if (wrote == -1) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(wrote, 0);
}

TEST_F(SandboxTest, WhoLooksAtAFolderReadsThisAndNothingElse) {
  const std::string model = folder_ + "/model", file = model + "/inference.pdiparams";
  std::ofstream(folder_ + "/secret") << "of another model";
  std::ofstream(folder_ + "/shared") << "weights";
  std::filesystem::create_symlink("../shared", model + "/linked");
  std::filesystem::create_directories(folder_ + "/parts");
  std::filesystem::create_symlink("../shared", folder_ + "/parts/weights");
  std::filesystem::create_symlink("../parts", model + "/part");
  std::filesystem::create_symlink(".", folder_ + "/parts/itself");
  std::filesystem::create_symlink("nowhere", model + "/broken");
  const int read = Reading(model, [&] { return CanOpen(file, O_RDONLY); });
  if (read == -1) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(read, 0);
  EXPECT_EQ(Reading(model, [&] { return CanOpen(model + "/linked", O_RDONLY); }), 0);
  EXPECT_EQ(Reading(model, [&] { return CanOpen(model + "/part/weights", O_RDONLY); }), 0);
  EXPECT_EQ(Reading(model, [&] { return CanOpen(model, O_RDONLY | O_DIRECTORY); }), 0);
  EXPECT_EQ(Reading(model, [&] { return CanOpen(folder_ + "/secret", O_RDONLY); }), EACCES);
  EXPECT_EQ(Reading(model, [&] { return CanOpen("/etc/passwd", O_RDONLY); }), EACCES);
  EXPECT_EQ(Reading(model, [&] { return CanOpen(file, O_WRONLY); }), EACCES);
  EXPECT_EQ(Reading(model, [&] { return CanOpen(folder_ + "/cache/new", O_WRONLY | O_CREAT); }), EACCES);
}

TEST(LandlockTest, WhatIsMissingIsToldWithWhatItMeans) {
  EXPECT_NE(MissingFromLandlock(-1).find("has no Landlock"), std::string::npos);
  EXPECT_NE(MissingFromLandlock(2).find("TCP"), std::string::npos);
  EXPECT_EQ(MissingFromLandlock(5).find("TCP"), std::string::npos);
  EXPECT_NE(MissingFromLandlock(5).find("signals"), std::string::npos);
  EXPECT_EQ(MissingFromLandlock(6), "");
}

}  // namespace
}  // namespace huidu
