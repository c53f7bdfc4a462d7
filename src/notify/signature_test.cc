#include "notify/signature.h"

#include <gtest/gtest.h>

namespace huidu::notify {
namespace {

TEST(SignatureTest, IsTheHmacOfTimestampAndBody) {
  // printf '1763780000.{"kind":"rollback"}' | openssl dgst -sha256 -hmac secret
  EXPECT_EQ(Sign("secret", 1763780000, R"({"kind":"rollback"})"),
            "sha256=ad0f34f236cbad249d6d13bbcf167fef0d05d0368cbaf56ab91a9c5d743a9557");
}

TEST(SignatureTest, DependsOnEveryPart) {
  const std::string signature = Sign("secret", 1763780000, "body");
  EXPECT_EQ(signature, Sign("secret", 1763780000, "body"));
  EXPECT_NE(signature, Sign("Secret", 1763780000, "body"));
  EXPECT_NE(signature, Sign("secret", 1763780001, "body"));
  EXPECT_NE(signature, Sign("secret", 1763780000, "bodY"));
}

}  // namespace
}  // namespace huidu::notify
