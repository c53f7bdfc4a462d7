#include "front/reload/reloader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/strings.h"

namespace huidu::front {
namespace {

namespace fs = std::filesystem;

// A configuration with one model, whose base_path is a link to a folder.
class FingerprintTest : public ::testing::Test {
 protected:
  FingerprintTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_print_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    for (const char* version : {"add_v1", "add_v2"}) {
      Write(StrCat(version, "/model.fake"), "input x FP32 1,16\noutput y FP32 1,16\n");
      Write(StrCat(version, "/det/inference.pdiparams"), "12345678");
    }
    fs::create_directory_symlink("add_v1", folder_ / "add_v9");
    Write("config", StrCat("model_config_list { config { name: 'add' base_path: '", (folder_ / "add_v9").string(),
                           "' engine: FAKE } }"));
  }
  ~FingerprintTest() override { fs::remove_all(folder_); }

  // All files have one time, as those of an image's layer or of a reproducible archive.
  void Write(const std::string& name, const std::string& text) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    const timespec times[2] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 0}};
    utimensat(AT_FDCWD, path.c_str(), times, 0);
  }
  std::string Print() const { return Fingerprint((folder_ / "config").string()); }

  fs::path folder_;
};

TEST_F(FingerprintTest, IsTheSameWhileNothingChanges) { EXPECT_EQ(Print(), Print()); }

TEST_F(FingerprintTest, SeesALinkToOtherFilesOfTheSameSizeAndTime) {
  const std::string before = Print();
  fs::create_directory_symlink("add_v2", folder_ / "next");
  fs::rename(folder_ / "next", folder_ / "add_v9");
  EXPECT_NE(Print(), before);
}

TEST_F(FingerprintTest, SeesAFileOfAPartThatIsReplacedByOneOfTheSameSizeAndTime) {
  const std::string before = Print();
  Write("add_v1/det/new", "87654321");
  fs::rename(folder_ / "add_v1/det/new", folder_ / "add_v1/det/inference.pdiparams");
  EXPECT_NE(Print(), before);
}

TEST_F(FingerprintTest, ALinkBackUpIsNotFollowedForEver) {
  fs::create_directory_symlink("..", folder_ / "add_v1/up");
  EXPECT_LT(Print().size(), 100'000u);
}

}  // namespace
}  // namespace huidu::front
