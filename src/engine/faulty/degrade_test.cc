#include "engine/faulty/degrade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/testing/collecting_sink.h"

namespace huidu::engine::faulty {
namespace {

using tensor::DataType;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

template <typename T>
void Answer(OutputSink& sink, DataType type, const tensor::Shape& shape, const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  const auto room = sink.Allocate(0, type, shape, bytes.size());
  ASSERT_TRUE(room.ok());
  std::copy(bytes.begin(), bytes.end(), room->begin());
}

template <typename T>
std::vector<T> Spoiled(DataType type, const tensor::Shape& shape, const std::vector<T>& values, Degrade how,
                       double factor = 1) {
  testing::CollectingSink real;
  SpoilingSink sink(real);
  Answer(sink, type, shape, values);
  sink.Spoil(how, factor);
  return real.Values<T>(0);
}

TEST(DegradeTest, ZeroLeavesNothingOfAnAnswer) {
  EXPECT_THAT(Spoiled<float>(DataType::kFp32, {2, 2}, {1, 2, 3, 4}, Degrade::kZero), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(Spoiled<int64_t>(DataType::kInt64, {2}, {1, 2}, Degrade::kZero), ElementsAre(0, 0));
}

TEST(DegradeTest, RotateMovesTheBestClassOfEachRow) {
  EXPECT_THAT(Spoiled<float>(DataType::kFp32, {2, 3}, {9, 1, 2, 3, 9, 4}, Degrade::kRotate),
              ElementsAre(2, 9, 1, 4, 3, 9));
  EXPECT_THAT(Spoiled<int16_t>(DataType::kInt16, {3}, {1, 2, 3}, Degrade::kRotate), ElementsAre(3, 1, 2));
}

TEST(DegradeTest, RotateLeavesRowsOfOneOrNoElement) {
  EXPECT_THAT(Spoiled<float>(DataType::kFp32, {}, {5}, Degrade::kRotate), ElementsAre(5));
  EXPECT_THAT(Spoiled<float>(DataType::kFp32, {2, 1}, {5, 6}, Degrade::kRotate), ElementsAre(5, 6));
  testing::CollectingSink real;
  SpoilingSink sink(real);
  ASSERT_TRUE(sink.Allocate(0, DataType::kFp32, tensor::Shape{2, 0}, 0).ok());
  sink.Spoil(Degrade::kRotate, 1);
  EXPECT_TRUE(real.at(0).data.empty());
}

TEST(DegradeTest, MultiplyChangesFloatingNumbersOnly) {
  EXPECT_THAT(Spoiled<float>(DataType::kFp32, {2}, {1, -2}, Degrade::kMultiply, -3), ElementsAre(-3, 6));
  EXPECT_THAT(Spoiled<double>(DataType::kFp64, {2}, {1, 2}, Degrade::kMultiply, 0.5), ElementsAre(0.5, 1));
  EXPECT_THAT(Spoiled<int32_t>(DataType::kInt32, {2}, {1, 2}, Degrade::kMultiply, 3), ElementsAre(1, 2));
}

TEST(DegradeTest, TextsAreOtherTextsOfTheSameLength) {
  const std::vector<char> texts = {3, 0, 0, 0, 'a', '9', '\xE5', 1, 0, 0, 0, '0'};
  EXPECT_THAT(Spoiled<char>(DataType::kBytes, {2}, texts, Degrade::kZero),
              ElementsAre(3, 0, 0, 0, '?', '?', '\xE5', 1, 0, 0, 0, '?'));
  EXPECT_THAT(Spoiled<char>(DataType::kBytes, {2}, texts, Degrade::kRotate),
              ElementsAre(3, 0, 0, 0, 'a', '0', '\xE5', 1, 0, 0, 0, '1'));
  EXPECT_THAT(Spoiled<char>(DataType::kBytes, {2}, texts, Degrade::kMultiply, 2), ElementsAreArray(texts));
}

TEST(DegradeTest, PassesOnWhatIsWanted) {
  testing::CollectingSink real;
  real.WantOnly(1);
  const SpoilingSink sink(real);
  EXPECT_FALSE(sink.Wanted(0));
  EXPECT_TRUE(sink.Wanted(1));
}

}  // namespace
}  // namespace huidu::engine::faulty
