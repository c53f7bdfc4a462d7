#include "front/router/verified_tokens.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace huidu::front {
namespace {

constexpr uint64_t kHash = 5;

TEST(VerifiedTokensTest, KnowsWhatWasAddedAndNothingElse) {
  VerifiedTokens tokens;
  EXPECT_FALSE(tokens.Find(kHash, "header.content.signature"));
  EXPECT_FALSE(tokens.Find(0, "")) << "an empty place is no token";
  tokens.Add(kHash, "header.content.signature", {.not_before = 10, .expires = 20.5, .internal = true});
  const auto found = tokens.Find(kHash, "header.content.signature");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->not_before, 10);
  EXPECT_EQ(found->expires, 20.5);
  EXPECT_TRUE(found->internal);
  EXPECT_FALSE(tokens.Find(kHash + VerifiedTokens::kPlaces, "header.content.signature")) << "another hash";
}

// Whoever finds two tokens with one hash has gained nothing.
TEST(VerifiedTokensTest, ATokenOfTheSameHashIsUnknownUnlessAllOfItIsTheSame) {
  for (const size_t size : {1u, 7u, 8u, 9u, 255u, 256u, 8191u, 8192u}) {
    VerifiedTokens tokens;
    const std::string token(size, 't');
    tokens.Add(kHash, token, {.internal = true});
    EXPECT_TRUE(tokens.Find(kHash, token)) << size;
    for (const size_t at : {size_t{0}, size / 2, size - 1}) {
      std::string other = token;
      other[at] = 'x';
      EXPECT_FALSE(tokens.Find(kHash, other)) << at << " of " << size;
    }
    EXPECT_FALSE(tokens.Find(kHash, token.substr(1))) << size;
    EXPECT_FALSE(tokens.Find(kHash, token + 't')) << size;
    EXPECT_FALSE(tokens.Find(kHash, token + '\0')) << size;
  }
}

TEST(VerifiedTokensTest, ANewTokenTakesTheOldOnesPlace) {
  VerifiedTokens tokens;
  tokens.Add(7, "a long token, of which the end stays", {.internal = true});
  tokens.Add(7 + VerifiedTokens::kPlaces, "another", {});
  EXPECT_FALSE(tokens.Find(7, "a long token, of which the end stays"));
  EXPECT_TRUE(tokens.Find(7 + VerifiedTokens::kPlaces, "another"));
  tokens.Add(7, "a third", {});
  EXPECT_TRUE(tokens.Find(7, "a third"));
  EXPECT_FALSE(tokens.Find(7, "a third token, of which the end stays"));
}

TEST(VerifiedTokensTest, ATokenThatIsTooLongIsNotKept) {
  VerifiedTokens tokens;
  const std::string token(VerifiedTokens::kMaxBytes + 1, 't');
  tokens.Add(kHash, token, {});
  EXPECT_FALSE(tokens.Find(kHash, token));
  tokens.Add(kHash, "short", {});
  EXPECT_FALSE(tokens.Find(kHash, token));
}

// All in one place and with one hash. Short ones: the less there is to compare, the sooner a reader meets a writer.
TEST(VerifiedTokensTest, WhatIsFoundWhileOthersWriteIsWhole) {
  VerifiedTokens tokens;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (char own = '1'; own <= '3'; ++own) {
    threads.emplace_back([&, own] {
      for (int i = 0; i < 50'000; ++i) {
        tokens.Add(kHash, std::string(8, own), {static_cast<double>(own), static_cast<double>(own), true});
        for (char any = '1'; any <= '3'; ++any) {
          const auto found = tokens.Find(kHash, std::string(8, any));
          if (found && (found->not_before != static_cast<double>(any) || found->expires != found->not_before)) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace huidu::front
