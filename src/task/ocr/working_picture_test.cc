#include "task/ocr/working_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "task/ocr/detector.h"

namespace huidu::task::ocr {
namespace {

Box At(float x, float y) { return {cv::Point2f(x, y), {x + 4, y}, {x + 4, y + 4}, {x, y + 4}}; }

// Where a white spot of the picture stands after the steps, as a box; and that it leads back to where it was.
void ExpectWayBack(const WorkingPicture& working, cv::Point2f spot, double tolerance) {
  cv::Mat grey;
  cv::cvtColor(working.pixels, grey, cv::COLOR_BGR2GRAY);
  const cv::Moments moments = cv::moments(grey);
  const Box there = At(static_cast<float>(moments.m10 / moments.m00), static_cast<float>(moments.m01 / moments.m00));
  const cv::Point2f back = ToOriginal(working, there)[0];
  EXPECT_NEAR(back.x, spot.x, tolerance);
  EXPECT_NEAR(back.y, spot.y, tolerance);
}

cv::Mat Spot(int width, int height, cv::Point2f spot) {
  cv::Mat picture(height, width, CV_8UC3, cv::Scalar::all(0));
  cv::circle(picture, spot, 5, cv::Scalar::all(255), cv::FILLED);
  return picture;
}

TEST(WorkingPictureTest, AnOrdinaryPictureStaysAsItIs) {
  const cv::Mat picture = Spot(640, 480, {100, 50});
  const WorkingPicture working = Prepare(picture, {});
  EXPECT_EQ(working.pixels.data, picture.data);
  ExpectWayBack(working, {100, 50}, 0.5);
}

TEST(WorkingPictureTest, ReducedAndEnlargedPicturesHaveAWayBack) {
  Options options;
  options.max_side = 640;
  const WorkingPicture reduced = Prepare(Spot(2000, 1500, {500, 300}), options);
  EXPECT_EQ(reduced.pixels.size(), cv::Size(640, 480));
  ExpectWayBack(reduced, {500, 300}, 3);
  ExpectWayBack(Prepare(Spot(100, 20, {60, 10}), {}), {60, 10}, 1);
}

TEST(WorkingPictureTest, SmallPicturesAreDoubledWhereAskedFor) {
  Options options;
  options.enlarge_small_text = true;
  const WorkingPicture working = Prepare(Spot(500, 300, {100, 50}), options);
  EXPECT_EQ(working.pixels.size(), cv::Size(1000, 600));
  ExpectWayBack(working, {100, 50}, 1);
  EXPECT_EQ(Prepare(Spot(800, 600, {100, 50}), options).pixels.size(), cv::Size(800, 600));
}

TEST(WorkingPictureTest, ASingleLineGetsBarsAboveAndBelow) {
  const WorkingPicture working = Prepare(Spot(1000, 60, {300, 30}), {});
  EXPECT_EQ(working.pixels.size(), cv::Size(1000, 60 + 2 * 95));
  ExpectWayBack(working, {300, 30}, 0.5);
}

// Some bytes of a file can say that a picture is a million pixels wide.
TEST(WorkingPictureTest, AVeryLongPictureStaysWithinTheLimit) {
  Options options;
  options.picture.max_pixels = 4'000'000;
  options.enlarge_small_text = true;
  for (const cv::Size size : {cv::Size(1'000'000, 1), cv::Size(60'000, 20), cv::Size(100'000, 40), cv::Size(1, 9999)}) {
    const WorkingPicture working = Prepare(cv::Mat(size, CV_8UC3, cv::Scalar::all(255)), options);
    EXPECT_LE(int64_t{working.pixels.cols} * working.pixels.rows, options.picture.max_pixels) << size;
    EXPECT_GE(working.pixels.rows, size.height) << size;
  }
}

TEST(WorkingPictureTest, StraightenedTextRunsToTheRight) {
  const double angle = 0.2;  // falls to the right
  cv::Mat picture(400, 600, CV_8UC3, cv::Scalar::all(0));
  const cv::Point2f from(100, 100), to(100 + 300 * std::cos(0.2f), 100 + 300 * std::sin(0.2f));
  cv::line(picture, from, to, cv::Scalar::all(255), 3);
  const WorkingPicture straight = Straighten(Prepare(picture, {}), angle);
  cv::Mat grey;
  cv::cvtColor(straight.pixels, grey, cv::COLOR_BGR2GRAY);
  const cv::Rect line = cv::boundingRect(grey);
  EXPECT_LT(line.height, 10);
  EXPECT_NEAR(line.width, 303, 5);
  ExpectWayBack(straight, (from + to) / 2, 1);
}

TEST(WorkingPictureTest, BoxesEndAtThePicturesEdge) {
  const WorkingPicture working = Prepare(Spot(1000, 60, {300, 30}), {});
  const Box box = ToOriginal(working, {cv::Point2f(-10, 0), {2000, 0}, {2000, 400}, {-10, 400}});
  EXPECT_EQ(box[0], cv::Point2f(0, 0));
  EXPECT_EQ(box[2], cv::Point2f(1000, 60));
}

TEST(DetectionSizeTest, IsAMultipleOf32WithinBothBounds) {
  Options options;
  options.detection_side = 480;
  options.detection_max_side = 1600;
  EXPECT_EQ(DetectionSize({640, 400}, options), cv::Size(768, 480));
  EXPECT_EQ(DetectionSize({1000, 800}, options), cv::Size(992, 800));
  EXPECT_EQ(DetectionSize({4000, 3000}, options), cv::Size(1600, 1216));
  EXPECT_EQ(DetectionSize({1, 1}, options), cv::Size(480, 480));
  EXPECT_EQ(DetectionSize({30'000, 10}, options), cv::Size(1600, 32));
  options.detection_side_is_max = true;
  EXPECT_EQ(DetectionSize({4000, 3000}, options), cv::Size(480, 352));
}

TEST(DetectionSizeTest, HasABoundWhereTheSettingsHaveNone) {
  const Options options = {.detection_side = 4096, .detection_max_side = 0};
  for (const cv::Size picture : {cv::Size(20'000, 30), cv::Size(30, 20'000), cv::Size(6000, 6000)}) {
    const cv::Size size = DetectionSize(picture, options);
    EXPECT_LE(int64_t{size.width} * size.height, 7'000'000) << picture;
  }
}

}  // namespace
}  // namespace huidu::task::ocr
