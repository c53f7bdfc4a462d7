#include "front/samples/recent_requests.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/strings.h"

namespace huidu::front {
namespace {

using samples::Sample;

std::shared_ptr<const Sample> Request(const std::string& id, size_t bytes = 1000) {
  Sample sample;
  sample.request_id = id;
  sample.inputs.emplace_back().data = std::string(bytes, 'x');
  return std::make_shared<const Sample>(std::move(sample));
}

TEST(RecentRequestsTest, GivesARequestOnce) {
  RecentRequests recent(1 << 20);
  const auto request = Request("a");
  recent.Add(request);
  EXPECT_EQ(recent.Take("b"), nullptr);
  EXPECT_EQ(recent.Take("a"), request);
  EXPECT_EQ(recent.Take("a"), nullptr);
}

TEST(RecentRequestsTest, TheOldestMakeRoom) {
  RecentRequests recent(10'000);
  std::weak_ptr<const Sample> first;
  {
    const auto request = Request("0");
    first = request;
    recent.Add(request);
  }
  for (int i = 1; i < 10; ++i) recent.Add(Request(StrCat(i)));
  EXPECT_TRUE(first.expired()) << "its memory is free";
  int remembered = 0;
  for (int i = 0; i < 10; ++i) remembered += recent.Take(StrCat(i)) != nullptr ? 1 : 0;
  EXPECT_EQ(remembered, 4);
  EXPECT_EQ(recent.Take("9"), nullptr);
}

TEST(RecentRequestsTest, WhatIsTooLargeOrHasNoIdIsNotRemembered) {
  RecentRequests recent(10'000);
  recent.Add(Request("a", 100));
  recent.Add(Request("large", 9'500));
  recent.Add(Request(""));
  EXPECT_EQ(recent.Take("large"), nullptr);
  EXPECT_EQ(recent.Take(""), nullptr);
  EXPECT_NE(recent.Take("a"), nullptr) << "nobody made room for them";
}

TEST(RecentRequestsTest, OfTwoWithOneIdTheNewerIsMeantAlsoAfterTheOlderIsGone) {
  RecentRequests recent(5'000);
  recent.Add(Request("a"));
  const auto newer = Request("a");
  recent.Add(newer);
  recent.Add(Request("b"));  // the older "a" goes
  EXPECT_EQ(recent.Take("a"), newer);
}

TEST(RecentRequestsTest, ManyThreadsMayAddAndTake) {
  RecentRequests recent(50'000);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const std::string id = StrCat(t, "-", i);
        recent.Add(Request(id, static_cast<size_t>(i) % 3000));
        const auto got = recent.Take(id);
        if (got != nullptr && got->request_id != id) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace huidu::front
