#include "task/ocr/text_regions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace huidu::task::ocr {
namespace {

cv::Mat Map(const std::vector<std::pair<cv::Rect, double>>& texts) {
  cv::Mat map = cv::Mat::zeros(320, 640, CV_32F);
  for (const auto& [where, probability] : texts) cv::rectangle(map, where, cv::Scalar(probability), cv::FILLED);
  return map;
}

const cv::Rect kText(100, 100, 200, 20);

TEST(TextRegionsTest, GivesTheGrownBoxInThePicturesPixels) {
  const std::vector<Box> boxes = FindTextRegions(Map({{kText, 0.9}}), {1280, 640}, {.unclip_ratio = 1.5});
  ASSERT_EQ(boxes.size(), 1u);
  // 200 x 20 grows by 4000 * 1.5 / 440 = 13.6 on each side; the picture is twice as large as the map.
  EXPECT_NEAR(boxes[0][0].x, 2 * (100 - 13.6), 4);
  EXPECT_NEAR(boxes[0][0].y, 2 * (100 - 13.6), 4);
  EXPECT_NEAR(boxes[0][2].x, 2 * (300 + 13.6), 4);
  EXPECT_NEAR(boxes[0][2].y, 2 * (120 + 13.6), 4);
}

TEST(TextRegionsTest, UnlikelyAndTinyRegionsAreNone) {
  EXPECT_TRUE(FindTextRegions(Map({}), {640, 320}, {}).empty());
  EXPECT_TRUE(FindTextRegions(Map({{kText, 0.2}}), {640, 320}, {}).empty()) << "below threshold";
  EXPECT_TRUE(FindTextRegions(Map({{kText, 0.4}}), {640, 320}, {}).empty()) << "below box_threshold";
  EXPECT_EQ(FindTextRegions(Map({{kText, 0.4}}), {640, 320}, {.box_threshold = 0.35}).size(), 1u);
  EXPECT_TRUE(FindTextRegions(Map({{{50, 50, 2, 2}, 0.9}}), {640, 320}, {.dilation = false}).empty());
}

TEST(TextRegionsTest, DilationJoinsWhatOnePixelParts) {
  const cv::Mat map = Map({{{100, 100, 80, 20}, 0.9}, {{181, 100, 80, 20}, 0.9}});
  EXPECT_EQ(FindTextRegions(map, {640, 320}, {.dilation = false}).size(), 2u);
  EXPECT_EQ(FindTextRegions(map, {640, 320}, {.dilation = true}).size(), 1u);
}

TEST(TextRegionsTest, BoxesStayWithinThePictureAndAreBounded) {
  const cv::Mat all = cv::Mat::ones(64, 64, CV_32F);
  const std::vector<Box> boxes = FindTextRegions(all, {100, 50}, {});
  ASSERT_EQ(boxes.size(), 1u);
  for (const cv::Point2f& corner : boxes[0]) {
    EXPECT_TRUE(corner.x >= 0 && corner.x <= 99 && corner.y >= 0 && corner.y <= 49) << corner;
  }
  std::vector<std::pair<cv::Rect, double>> many;
  for (int i = 0; i < 10; ++i) many.push_back({{10, 10 + 30 * i, 100, 10}, 0.9});
  EXPECT_EQ(FindTextRegions(Map(many), {640, 320}, {.max_candidates = 4}).size(), 4u);
}

TEST(TextRegionsTest, NoNumbersAreNoText) {
  const cv::Mat map(64, 64, CV_32F, cv::Scalar(std::numeric_limits<float>::quiet_NaN()));
  EXPECT_TRUE(FindTextRegions(map, {64, 64}, {}).empty());
}

}  // namespace
}  // namespace huidu::task::ocr
