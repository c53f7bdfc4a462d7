#include "tensor/numbers.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace huidu::tensor {
namespace {

template <typename T>
double Second(DataType type, T first, T second) {
  const std::array<T, 2> data = {first, second};
  return NumberAt(type, std::as_bytes(std::span(data)), 1);
}

TEST(NumbersTest, ReadsEveryTypeOfNumber) {
  EXPECT_EQ(Second<uint8_t>(DataType::kBool, 0, 1), 1);
  EXPECT_EQ(Second<uint8_t>(DataType::kUint8, 0, 200), 200);
  EXPECT_EQ(Second<uint16_t>(DataType::kUint16, 0, 65535), 65535);
  EXPECT_EQ(Second<uint32_t>(DataType::kUint32, 0, 4'000'000'000), 4e9);
  EXPECT_EQ(Second<uint64_t>(DataType::kUint64, 0, uint64_t{1} << 60), std::ldexp(1, 60));
  EXPECT_EQ(Second<int8_t>(DataType::kInt8, 0, -3), -3);
  EXPECT_EQ(Second<int16_t>(DataType::kInt16, 0, -300), -300);
  EXPECT_EQ(Second<int32_t>(DataType::kInt32, 0, -70'000), -70'000);
  EXPECT_EQ(Second<int64_t>(DataType::kInt64, 0, -5'000'000'000), -5e9);
  EXPECT_EQ(Second<uint16_t>(DataType::kFp16, 0, 0xC500), -5);
  EXPECT_EQ(Second<float>(DataType::kFp32, 0, 0.25f), 0.25);
  EXPECT_EQ(Second<double>(DataType::kFp64, 0, 1e300), 1e300);
  EXPECT_EQ(Second<uint16_t>(DataType::kBf16, 0, 0x4040), 3);
  EXPECT_EQ(Second<uint8_t>(DataType::kBytes, 0, 7), 0);
}

TEST(NumbersTest, HalfPrecisionHasSubnormalsInfinitiesAndNaN) {
  EXPECT_EQ(FromFp16(0x0001), std::ldexp(1, -24));
  EXPECT_EQ(FromFp16(0x7BFF), 65504);
  EXPECT_EQ(FromFp16(0xFC00), -INFINITY);
  EXPECT_TRUE(std::isnan(FromFp16(0x7E00)));
  EXPECT_EQ(FromFp16(0x8000), 0);
  EXPECT_EQ(FromBf16(0xFF80), -INFINITY);
}

}  // namespace
}  // namespace huidu::tensor
