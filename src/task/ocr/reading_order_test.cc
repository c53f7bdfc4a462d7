#include "task/ocr/reading_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace huidu::task::ocr {
namespace {

using ::testing::ElementsAre;

Box Text(float x, float y, float width = 100, float height = 20) {
  return {cv::Point2f(x, y), {x + width, y}, {x + width, y + height}, {x, y + height}};
}

// Turned about (300, 300) by `degrees`, clockwise as seen.
std::vector<Box> Turned(std::vector<Box> boxes, double degrees) {
  const double angle = degrees * CV_PI / 180, cosine = std::cos(angle), sine = std::sin(angle);
  for (Box& box : boxes) {
    for (cv::Point2f& corner : box) {
      const double x = corner.x - 300, y = corner.y - 300;
      corner = {static_cast<float>(300 + x * cosine - y * sine), static_cast<float>(300 + x * sine + y * cosine)};
    }
  }
  return boxes;
}

// 2 | 0, then 3 | 1 | 4, then 5: given out of order.
std::vector<Box> Page() {
  return {Text(400, 53), Text(200, 98), Text(10, 50), Text(10, 102), Text(420, 100), Text(10, 140)};
}

TEST(OrderByRowsTest, NeighboursWithinTenPixelsGoFromLeftToRight) {
  EXPECT_THAT(OrderByRows(Page()), ElementsAre(2, 0, 3, 1, 4, 5));
  const std::vector<Box> apart = {Text(10, 60), Text(400, 50)};
  EXPECT_THAT(OrderByRows(apart), ElementsAre(1, 0));
}

TEST(OrderByRowsTest, NothingHasAnOrder) { EXPECT_THAT(OrderByRows({}), ElementsAre()); }

TEST(OrderByPageTest, IsTheSameHoweverThePageIsTurned) {
  for (const double degrees : {0., 3., -7., 20., 90., 180., -90., 173.}) {
    EXPECT_THAT(OrderByPage(Turned(Page(), degrees)), ElementsAre(2, 0, 3, 1, 4, 5)) << degrees << " degrees";
  }
}

TEST(OrderByPageTest, ARowDoesNotReachIntoTheNext) {
  // A ladder: each step stands half a line below the one before.
  std::vector<Box> ladder;
  for (int i = 0; i < 4; ++i)
    ladder.push_back(Text(300.f - 60.f * static_cast<float>(i), 12.f * static_cast<float>(i), 50));
  EXPECT_THAT(OrderByPage(ladder), ElementsAre(0, 1, 2, 3));
}

TEST(OrderByPageTest, NothingHasAnOrder) { EXPECT_THAT(OrderByPage({}), ElementsAre()); }

TEST(TextAngleTest, LongTextCountsMoreThanAFewSlantedPieces) {
  std::vector<Box> boxes = Turned({Text(0, 0, 400), Text(0, 40, 300), Text(0, 80, 350)}, 4);
  const std::vector<Box> stamp = Turned({Text(0, 200, 60), Text(0, 220, 60)}, 40);
  boxes.insert(boxes.end(), stamp.begin(), stamp.end());
  EXPECT_NEAR(TextAngle(boxes) * 180 / CV_PI, 4, 0.01);
  EXPECT_EQ(TextAngle({}), 0);
}

}  // namespace
}  // namespace huidu::task::ocr
