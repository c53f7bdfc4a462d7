#include "samples/tar.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace huidu::samples {
namespace {

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(TarTest, TarUnpacksWhatWasWritten) {
  const std::vector<std::string> files = {"", "a", std::string(511, 'b'), std::string(512, 'c'),
                                          std::string(513, '\0')};
  std::string archive;
  uint64_t expected = 1024;
  for (size_t i = 0; i < files.size(); ++i) {
    AppendTarFile(archive, "000" + std::to_string(i) + ".jpg", files[i], 1'700'000'000);
    expected += TarBytes(files[i].size());
  }
  FinishTar(archive);
  EXPECT_EQ(archive.size(), expected);

  std::string pattern = ::testing::TempDir() + "/huidu_tar_XXXXXX";
  const std::string folder = mkdtemp(pattern.data());
  std::ofstream(folder + "/a.tar", std::ios::binary) << archive;
  // A damaged header ends with 2; anything else that is odd is said.
  ASSERT_EQ(std::system(("tar -xf " + folder + "/a.tar -C " + folder + " 2>" + folder + "/said").c_str()), 0);
  EXPECT_EQ(Contents(folder + "/said"), "");
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string path = folder + "/000" + std::to_string(i) + ".jpg";
    EXPECT_EQ(Contents(path), files[i]) << i;
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600)) << i;
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace huidu::samples
