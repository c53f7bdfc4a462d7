#include "engine/faulty/leak.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace huidu::engine::faulty {
namespace {

constexpr uint64_t kMb = 1 << 20;

uint64_t AnonymousBytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  uint64_t kilobytes = 0;
  while (status >> word) {
    if (word == "RssAnon:") status >> kilobytes;
  }
  return kilobytes << 10;
}

// Bytes that this process claims by open files of the leak's name.
uint64_t Claimed() {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the listing's own descriptor
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    struct stat status {};
    if (target.find(kGpuLeakName) != std::string::npos && stat(entry.path().c_str(), &status) == 0) {
      bytes += static_cast<uint64_t>(status.st_size);
    }
  }
  return bytes;
}

TEST(LeakTest, HostMemoryGrowsAndIsKept) {
  const uint64_t before = AnonymousBytes();
  HostLeak leak;
  leak.GrowTo(64 * kMb);
  EXPECT_GE(AnonymousBytes(), before + 60 * kMb);
  leak.GrowTo(kMb);
  EXPECT_EQ(leak.bytes(), 64 * kMb);
  EXPECT_GE(AnonymousBytes(), before + 60 * kMb);
}

TEST(LeakTest, GpuMemoryIsClaimedWithoutTakingAny) {
  const uint64_t before = AnonymousBytes();
  GpuLeak leak;
  EXPECT_EQ(Claimed(), 0u);
  leak.GrowTo(3 * kMb);
  leak.GrowTo(4096 * kMb);
  leak.GrowTo(kMb);
  EXPECT_EQ(Claimed(), 4096 * kMb);
  EXPECT_LT(AnonymousBytes(), before + 16 * kMb);
}

}  // namespace
}  // namespace huidu::engine::faulty
