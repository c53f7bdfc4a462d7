#include "bench/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace huidu::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(InputTest, ReadsNameTypeAndShape) {
  const auto input = ParseInput("x:FP32:1,3,48,320");
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->name, "x");
  EXPECT_EQ(input->type, tensor::DataType::kFp32);
  EXPECT_THAT(input->shape, ElementsAre(1, 3, 48, 320));
  EXPECT_EQ(input->data.size(), 1u * 3 * 48 * 320 * 4);
}

TEST(InputTest, FillsFloatsBetweenMinusOneAndOneAndAlwaysTheSame) {
  const auto input = ParseInput("x:FP32:64");
  ASSERT_TRUE(input.ok());
  std::vector<float> values(64);
  std::memcpy(values.data(), input->data.data(), input->data.size());
  EXPECT_NE(values[0], values[1]);
  for (const float value : values) {
    EXPECT_GE(value, -1.0f);
    EXPECT_LT(value, 1.0f);
  }
  EXPECT_EQ(ParseInput("x:FP32:64")->data, input->data);
}

TEST(InputTest, FillsIntegersWithDigits) {
  const auto input = ParseInput("words:INT64:12,1");
  ASSERT_TRUE(input.ok());
  std::vector<int64_t> values(12);
  std::memcpy(values.data(), input->data.data(), input->data.size());
  EXPECT_THAT(values, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1));
}

TEST(InputTest, TakesItsBytesFromAFileAndChecksTheirNumber) {
  const std::string path = (std::filesystem::path(testing::TempDir()) / "three.bin").string();
  std::ofstream(path, std::ios::binary) << "abc";
  const auto fits = ParseInput("x:UINT8:3@" + path);
  ASSERT_TRUE(fits.ok()) << fits.status();
  EXPECT_EQ(fits->data[2], std::byte{'c'});
  EXPECT_EQ(ParseInput("x:UINT8:4@" + path).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseInput("x:UINT8:4@" + path + ".none").status().code(), absl::StatusCode::kNotFound);
}

TEST(InputTest, RefusesWhatItCannotMean) {
  for (const char* text :
       {"", "x", "x:FP32", "x:FLOAT:1", "x:FP32:a", "x:FP32:-1", "x:FP32:1:2", "x:BYTES:1", "x:FP32:100000000000"}) {
    EXPECT_EQ(ParseInput(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_THAT(ParseInput("x:FLOAT:1").status().message(), HasSubstr("x:FP32:1,16"));
}

}  // namespace
}  // namespace huidu::bench
