#include "front/router/request_id.h"

#include <gtest/gtest.h>

namespace huidu::front {
namespace {

TEST(RequestIdTest, TheCallsIdGoesBeforeTheBodysAndANewOne) {
  EXPECT_EQ(ChooseRequestId("a", "b"), "a");
  EXPECT_EQ(ChooseRequestId("", "b"), "b");
  const std::string made = ChooseRequestId("", "");
  EXPECT_EQ(made.size(), 16u);
  EXPECT_TRUE(IsPrintable(made));
  EXPECT_NE(ChooseRequestId("", ""), made);
}

TEST(RequestIdTest, WhatCannotStandInAHeaderIsNotKept) {
  EXPECT_EQ(ChooseRequestId("a\nb", "b"), "b");
  EXPECT_EQ(ChooseRequestId("订单", "b"), "b");
  EXPECT_EQ(ChooseRequestId(std::string(257, 'a'), std::string(256, 'b')), std::string(256, 'b'));
  EXPECT_FALSE(IsPrintable(""));
}

}  // namespace
}  // namespace huidu::front
