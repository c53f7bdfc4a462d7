#include "front/metrics/process_figures.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>

namespace huidu::front {
namespace {

TEST(ProcessFiguresTest, CountsOneMoreDescriptorWhenOneIsOpened) {
  const uint64_t before = ReadProcessFigures().open_fds;
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const uint64_t after = ReadProcessFigures().open_fds;
  close(fd);
  EXPECT_EQ(after, before + 1);
  EXPECT_GE(before, 3u);
}

TEST(ProcessFiguresTest, SaysWhenThisProcessStartedAndHowMuchItUses) {
  const ProcessFigures figures = ReadProcessFigures();
  EXPECT_GT(figures.resident_bytes, 1u << 20);
  EXPECT_GT(figures.start_time_seconds, 1.6e9);
  EXPECT_LT(figures.start_time_seconds, static_cast<double>(std::time(nullptr)) + 60);
}

}  // namespace
}  // namespace huidu::front
