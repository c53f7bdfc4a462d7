#include "task/elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/testing/collecting_sink.h"

namespace huidu::task {
namespace {

using ::testing::ElementsAre;

TEST(ElementsTest, TextsComeBackAsTheyWereWritten) {
  engine::testing::CollectingSink sink;
  const std::vector<std::string> texts = {"发票", "", std::string("a\0b", 3)};
  ASSERT_EQ(WriteTexts(sink, 0, texts), absl::OkStatus());
  EXPECT_EQ(sink.at(0).shape, tensor::Shape{3});
  const tensor::View view = {tensor::DataType::kBytes, sink.at(0).shape, sink.at(0).data};
  EXPECT_THAT(Elements(view), ElementsAre("发票", "", std::string_view("a\0b", 3)));
}

TEST(ElementsTest, ACutOffElementIsLeftOut) {
  const std::vector<std::byte> data = {std::byte{9}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{'a'}};
  EXPECT_THAT(Elements({tensor::DataType::kBytes, {1}, data}), ElementsAre());
}

TEST(ElementsTest, NumbersHaveTheirShape) {
  engine::testing::CollectingSink sink;
  const std::vector<float> values = {1, 2, 3, 4};
  ASSERT_EQ(WriteNumbers<float>(sink, 1, {2, 2}, values), absl::OkStatus());
  EXPECT_EQ(sink.at(1).shape, (tensor::Shape{2, 2}));
  EXPECT_EQ(sink.Values<float>(1), values);
}

TEST(ElementsTest, WhatNobodyWantsIsNotWritten) {
  engine::testing::CollectingSink sink;
  sink.WantOnly(1);
  ASSERT_EQ(WriteTexts(sink, 0, std::vector<std::string>{"a"}), absl::OkStatus());
  EXPECT_EQ(sink.size(), 0u);
}

}  // namespace
}  // namespace huidu::task
