#include "worker/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>

namespace huidu::worker {
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
    const pid_t child = fork();
    if (child == 0) {
      if (EnterSandbox({folder_ + "/cache"}).find("no landlock") != std::string::npos) _exit(255);
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

}  // namespace
}  // namespace huidu::worker
