#include "task/ocr/box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace huidu::task::ocr {
namespace {

using ::testing::Each;

Box Rectangle(float x, float y, float width, float height) {
  return {cv::Point2f(x, y), {x + width, y}, {x + width, y + height}, {x, y + height}};
}

TEST(BoxTest, CornersComeInOrderWhateverTheirOrderWas) {
  const Box expected = {cv::Point2f(10, 20), {90, 25}, {88, 45}, {8, 40}};
  Box corners = expected;
  for (int i = 0; i < 4; ++i) {
    std::rotate(corners.begin(), corners.begin() + 1, corners.end());
    EXPECT_EQ(Clockwise(corners), expected);
    EXPECT_EQ(Clockwise({corners[3], corners[1], corners[0], corners[2]}), expected);
  }
}

TEST(BoxTest, BeginsAtAnotherCornerWhenTheTextIsTurned) {
  const Box box = Rectangle(0, 0, 10, 5);
  EXPECT_EQ(BeginAt(box, 0), box);
  EXPECT_EQ(BeginAt(box, 4), box);
  EXPECT_EQ(BeginAt(box, 2)[0], cv::Point2f(10, 5));
  EXPECT_EQ(BeginAt(box, 1)[0], cv::Point2f(10, 0));
}

TEST(BoxTest, UnclipMovesEachSideByAreaTimesRatioByCircumference) {
  // 100 x 20: 2000 * 1.5 / 240 = 12.5
  const cv::Rect around = cv::boundingRect(Unclip(Rectangle(50, 50, 100, 20), 1.5));
  EXPECT_NEAR(around.x, 50 - 12.5, 1);
  EXPECT_NEAR(around.y, 50 - 12.5, 1);
  EXPECT_NEAR(around.width, 100 + 25, 2);
  EXPECT_NEAR(around.height, 20 + 25, 2);
}

TEST(BoxTest, WhatHasNoAreaUnclipsToNothing) {
  EXPECT_TRUE(Unclip(Rectangle(5, 5, 0, 0), 1.6).empty());
  EXPECT_TRUE(Unclip(Rectangle(5, 5, 9, 0), 1.6).empty());
}

TEST(BoxTest, CropsATiltedLineStraight) {
  cv::Mat picture(200, 300, CV_8UC3, cv::Scalar::all(0));
  const cv::RotatedRect line({150, 100}, {160, 30}, 20);
  cv::Point2f corners[4];
  line.points(corners);
  const std::vector<cv::Point> filled(corners, corners + 4);
  cv::fillConvexPoly(picture, filled, cv::Scalar::all(255));
  const cv::Mat crop = CropLine(picture, Clockwise({corners[0], corners[1], corners[2], corners[3]}));
  EXPECT_NEAR(crop.cols, 160, 1);
  EXPECT_NEAR(crop.rows, 30, 1);
  // But for the smoothed edge, nothing of what is round the line.
  const cv::Mat inner = crop(cv::Rect(3, 3, crop.cols - 6, crop.rows - 6));
  EXPECT_EQ(cv::norm(inner, cv::Mat(inner.size(), CV_8UC3, cv::Scalar::all(255)), cv::NORM_INF), 0);
}

TEST(BoxTest, ABoxWithoutSizeGivesOnePixel) {
  const cv::Mat picture(10, 10, CV_8UC3, cv::Scalar::all(7));
  const cv::Mat crop = CropLine(picture, Rectangle(4, 4, 0.5, 0.5));
  EXPECT_EQ(crop.size(), cv::Size(1, 1));
}

}  // namespace
}  // namespace huidu::task::ocr
