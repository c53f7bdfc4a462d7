#include "tensor/tensor.h"

#include <gtest/gtest.h>

#include <array>

namespace huidu::tensor {
namespace {

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

TEST(DataTypeTest, EveryTypeRoundTripsThroughItsNameAndItsNumber) {
  int known = 0;
  for (int wire = 0; wire < 256; ++wire) {
    const auto type = FromWire(static_cast<uint8_t>(wire));
    if (!type.has_value()) continue;
    ++known;
    EXPECT_EQ(FromName(Name(*type)), type);
  }
  EXPECT_EQ(known, 14);
  EXPECT_FALSE(FromName("FP8").has_value());
}

TEST(TensorTest, CountsBytesAndRefusesOverflow) {
  EXPECT_EQ(*ByteSize(DataType::kFp32, std::array<int64_t, 4>{1, 3, 48, 320}), 184320u);
  EXPECT_EQ(*ByteSize(DataType::kInt64, {}), 8u);
  EXPECT_FALSE(ByteSize(DataType::kFp32, std::array<int64_t, 2>{1LL << 40, 1LL << 40}).ok());
  EXPECT_FALSE(ByteSize(DataType::kFp32, std::array<int64_t, 2>{-1, 4}).ok());
  EXPECT_FALSE(ByteSize(DataType::kFp64, std::array<int64_t, 1>{1LL << 62}).ok());
}

TEST(TensorTest, SaysWhichInputIsWrongAndWhatWasExpected) {
  const Spec spec{.name = "x", .type = DataType::kFp32, .shape = {kDynamic, 3, 48, kDynamic}};
  EXPECT_TRUE(Check(spec, DataType::kFp32, std::array<int64_t, 4>{2, 3, 48, 100}).ok());
  EXPECT_EQ(Check(spec, DataType::kInt64, std::array<int64_t, 4>{2, 3, 48, 100}).message(),
            "input 'x': datatype is INT64, the model expects FP32");
  EXPECT_EQ(Check(spec, DataType::kFp32, std::array<int64_t, 4>{2, 3, 32, 100}).message(),
            "input 'x': shape is [2,3,32,100], the model expects [-1,3,48,-1] (-1 is any size)");
  EXPECT_FALSE(Check(spec, DataType::kFp32, std::array<int64_t, 2>{2, 3}).ok());
}

TEST(TensorTest, WalksTheLengthsOfBytesElements) {
  const std::array<int64_t, 1> two = {2};
  const std::string good(
      "\x01\x00\x00\x00"
      "a"
      "\x00\x00\x00\x00",
      9);
  EXPECT_TRUE(CheckBytes("s", DataType::kBytes, two, Bytes(good)).ok());
  EXPECT_FALSE(CheckBytes("s", DataType::kBytes, two, Bytes(good.substr(0, 5))).ok());
  EXPECT_FALSE(CheckBytes("s", DataType::kBytes, two, Bytes(good + "x")).ok());
  const std::string long_element(
      "\xff\xff\xff\xff"
      "a",
      5);
  EXPECT_FALSE(CheckBytes("s", DataType::kBytes, two, Bytes(long_element)).ok());
}

TEST(TensorTest, RefusesTooFewAndTooManyBytes) {
  const std::array<int64_t, 1> two = {2};
  EXPECT_TRUE(CheckBytes("x", DataType::kInt16, two, Bytes("abcd")).ok());
  EXPECT_EQ(CheckBytes("x", DataType::kInt16, two, Bytes("abc")).message(),
            "input 'x': got 3 bytes, but INT16 [2] takes 4");
}

}  // namespace
}  // namespace huidu::tensor
