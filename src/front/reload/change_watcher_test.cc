#include "front/reload/change_watcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

namespace huidu::front {
namespace {

constexpr std::chrono::milliseconds kOften{1};

TEST(ChangeWatcherTest, AChangeBeforeTheFirstLookIsToldAndEachOnce) {
  std::atomic<int> content{2}, told{0}, looks{0};
  std::binary_semaphore changed{0};
  ChangeWatcher watcher(
      "1",
      [&] {
        ++looks;
        return std::to_string(content);
      },
      kOften,
      [&](const std::string& now) {
        EXPECT_EQ(now, std::to_string(2 + told++));
        changed.release();
      });
  changed.acquire();
  for (const int before = looks; looks < before + 3;) std::this_thread::yield();
  EXPECT_EQ(told, 1);
  content = 3;
  changed.acquire();
  EXPECT_EQ(told, 2);
}

TEST(ChangeWatcherTest, WhatStaysAsItWasIsNotTold) {
  std::atomic<int> looks{0};
  ChangeWatcher watcher(
      "1",
      [&] {
        ++looks;
        return std::string("1");
      },
      kOften, [](const std::string& now) { FAIL() << now; });
  while (looks < 3) std::this_thread::yield();
  watcher.Stop();
  const int at_the_end = looks;
  std::this_thread::sleep_for(5 * kOften);
  EXPECT_EQ(looks, at_the_end);
}

}  // namespace
}  // namespace huidu::front
