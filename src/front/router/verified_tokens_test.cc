#include "front/router/verified_tokens.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace huidu::front {
namespace {

using Digest = VerifiedTokens::Digest;

TEST(VerifiedTokensTest, KnowsWhatWasAddedAndNothingElse) {
  VerifiedTokens tokens;
  const Digest digest{5, 1, 2, 3};
  EXPECT_FALSE(tokens.Find(digest));
  EXPECT_FALSE(tokens.Find({})) << "an empty place is no token";
  tokens.Add(digest, {.not_before = 10, .expires = 20.5, .internal = true});
  const auto found = tokens.Find(digest);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->not_before, 10);
  EXPECT_EQ(found->expires, 20.5);
  EXPECT_TRUE(found->internal);
  EXPECT_FALSE(tokens.Find({5, 1, 2, 4}));
}

TEST(VerifiedTokensTest, ANewTokenTakesTheOldOnesPlace) {
  VerifiedTokens tokens;
  const Digest first{7, 0, 0, 1}, second{7 + VerifiedTokens::kPlaces, 0, 0, 2};
  tokens.Add(first, {});
  tokens.Add(second, {});
  EXPECT_FALSE(tokens.Find(first));
  EXPECT_TRUE(tokens.Find(second));
}

TEST(VerifiedTokensTest, WhatIsFoundWhileOthersWriteIsWhole) {
  VerifiedTokens tokens;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (uint64_t t = 1; t <= 3; ++t) {
    threads.emplace_back([&, t] {
      const Digest own{VerifiedTokens::kPlaces * t, t, t, t};  // all in one place
      for (int i = 0; i < 20'000; ++i) {
        tokens.Add(own, {static_cast<double>(t), static_cast<double>(t), true});
        const auto found = tokens.Find(own);
        if (found && (found->not_before != static_cast<double>(t) || found->expires != found->not_before)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace huidu::front
