#include "front/supervisor/memory_usage.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace huidu::front {
namespace {

constexpr size_t kMappedBytes = 64 << 20;
constexpr uint64_t kNoise = 8 << 20;  // what the test itself takes in between

class Mapping {
 public:
  explicit Mapping(int flags)
      : memory_(mmap(nullptr, kMappedBytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)) {}
  ~Mapping() { munmap(memory_, kMappedBytes); }

 private:
  void* const memory_;
};

TEST(MemoryUsageTest, TellsOwnMemoryFromSharedMemory) {
  const MemoryUsage before = ReadMemoryUsage(getpid()).value();
  EXPECT_GT(before.anonymous_bytes, 0u);
  EXPECT_GT(before.file_bytes, 0u);
  {
    const Mapping own(MAP_PRIVATE);
    const MemoryUsage with_own = ReadMemoryUsage(getpid()).value();
    EXPECT_GE(with_own.anonymous_bytes, before.anonymous_bytes + kMappedBytes - kNoise);
    EXPECT_LE(with_own.shared_bytes, before.shared_bytes + kNoise);
  }
  const Mapping shared(MAP_SHARED);
  const MemoryUsage with_shared = ReadMemoryUsage(getpid()).value();
  EXPECT_LE(with_shared.anonymous_bytes, before.anonymous_bytes + kNoise);
  EXPECT_GE(with_shared.shared_bytes, before.shared_bytes + kMappedBytes - kNoise);
}

TEST(MemoryUsageTest, HasNothingOfAProcessThatIsGone) {
  EXPECT_FALSE(ReadMemoryUsage(0).has_value());
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t ended;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(ReadMemoryUsage(child).has_value()) << "a zombie";
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(ReadMemoryUsage(child).has_value());
}

}  // namespace
}  // namespace huidu::front
