#include "check/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "repository/test_folder.h"

namespace huidu::check {
namespace {

using ::testing::HasSubstr;

TEST(LimitsTest, WhatIsNotWrittenHasItsDefault) {
  const repository::TestFolder folder;
  const auto limits = ReadLimits(folder.Write("limits.prototxt",
                                              "min_accuracy: 0.95\n"
                                              "categories { category: 'invoice' max_accuracy_drop: 0 }\n"));
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(limits->min_accuracy, 0.95);
  EXPECT_EQ(limits->max_accuracy_drop, Limits().max_accuracy_drop);
  EXPECT_EQ(limits->max_p99_ratio, Limits().max_p99_ratio);
  EXPECT_EQ(limits->min_qps_ratio, Limits().min_qps_ratio);
  EXPECT_EQ(limits->max_memory_growth_mb, Limits().max_memory_growth_mb);
  EXPECT_EQ(limits->tolerance_absolute, CompareOptions().absolute);
  EXPECT_EQ(limits->tolerance_relative, CompareOptions().relative);
  EXPECT_FALSE(limits->min_agreement.has_value());
  ASSERT_EQ(limits->categories.size(), 1u);
  EXPECT_EQ(limits->categories[0].max_accuracy_drop, 0);
  EXPECT_FALSE(limits->categories[0].min_accuracy.has_value());
}

TEST(LimitsTest, TheToleranceOfNumbersCanBeChosen) {
  const repository::TestFolder folder;
  const auto limits = ReadLimits(folder.Write("l", "tolerance_absolute: 0.5 tolerance_relative: 0"));
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(limits->tolerance_absolute, 0.5);
  EXPECT_EQ(limits->tolerance_relative, 0);
  for (const char* wrong : {"tolerance_absolute: -1", "tolerance_relative: nan", "tolerance_absolute: -inf"}) {
    EXPECT_THAT(Text(ReadLimits(folder.Write("m", wrong)).status()), HasSubstr("expected is a number not below 0"));
  }
}

TEST(LimitsTest, FaultsHaveTheirPlace) {
  const repository::TestFolder folder;
  const auto status =
      ReadLimits(folder.Write("l", "min_accuracy: 95\nmax_p99_ms: -1\ncategories { min_accuracy: 2 }\n")).status();
  EXPECT_THAT(Text(status), HasSubstr("l:1:1: min_accuracy is 95; expected is a number from 0 to 1"));
  EXPECT_THAT(Text(status), HasSubstr("l:2:1: max_p99_ms is -1; expected is a number not below 0"));
  EXPECT_THAT(Text(status), HasSubstr("l:3:1: category is missing"));
  EXPECT_THAT(Text(ReadLimits(folder.Write("m", "max_accuraci_drop: 1")).status()), HasSubstr("max_accuracy_drop"));
}

}  // namespace
}  // namespace huidu::check
