#include "task/ocr/text_regions.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>

namespace huidu::task::ocr {
namespace {

constexpr float kMinSide = 3;       // of a region, in pixels of the map
constexpr float kMinGrownSide = 5;  // of the unclipped region
constexpr float kMinTextSide = 4;   // of a box, in pixels of the picture

struct Rectangle {
  Box corners;
  float short_side;
};

// The smallest rectangle around the points; its corners clockwise, by the left pair and the right pair.
template <typename Points>
Rectangle Around(const Points& points) {
  const cv::RotatedRect rectangle = cv::minAreaRect(points);
  Box corners;
  rectangle.points(corners.data());
  std::stable_sort(corners.begin(), corners.end(), [](auto a, auto b) { return a.x < b.x; });
  const bool left_down = corners[1].y > corners[0].y, right_down = corners[3].y > corners[2].y;
  const Box ordered = {corners[left_down ? 0 : 1], corners[right_down ? 2 : 3], corners[right_down ? 3 : 2],
                       corners[left_down ? 1 : 0]};
  return {ordered, std::min(rectangle.size.width, rectangle.size.height)};
}

// The mean probability inside the box.
double Score(const cv::Mat& probabilities, const Box& box) {
  const auto [left, right] = std::minmax_element(box.begin(), box.end(), [](auto a, auto b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(box.begin(), box.end(), [](auto a, auto b) { return a.y < b.y; });
  const auto within = [](float value, int size) { return std::clamp(static_cast<int>(value), 0, size - 1); };
  const int x0 = within(std::floor(left->x), probabilities.cols), x1 = within(std::ceil(right->x), probabilities.cols);
  const int y0 = within(std::floor(top->y), probabilities.rows), y1 = within(std::ceil(bottom->y), probabilities.rows);
  cv::Mat mask = cv::Mat::zeros(y1 - y0 + 1, x1 - x0 + 1, CV_8U);
  std::vector<cv::Point> polygon;
  for (const cv::Point2f& corner : box) {
    polygon.emplace_back(static_cast<int>(corner.x - static_cast<float>(x0)),
                         static_cast<int>(corner.y - static_cast<float>(y0)));
  }
  cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{polygon}, cv::Scalar(1));
  return cv::mean(probabilities(cv::Range(y0, y1 + 1), cv::Range(x0, x1 + 1)), mask)[0];
}

// From the map's pixels to the picture's, onto whole pixels within it.
Box Scale(const Box& box, cv::Size from, cv::Size to) {
  const auto scale = [](float value, int from_size, int to_size) {
    const float scaled = std::nearbyint(value / static_cast<float>(from_size) * static_cast<float>(to_size));
    return std::clamp(scaled, 0.f, static_cast<float>(to_size - 1));
  };
  Box scaled;
  for (size_t i = 0; i < box.size(); ++i) {
    scaled[i] = {scale(box[i].x, from.width, to.width), scale(box[i].y, from.height, to.height)};
  }
  return scaled;
}

std::optional<Box> BoxOf(const cv::Mat& probabilities, const std::vector<cv::Point>& contour, cv::Size target,
                         const RegionOptions& options) {
  const Rectangle region = Around(contour);
  if (region.short_side < kMinSide || Score(probabilities, region.corners) < options.box_threshold) return std::nullopt;
  const std::vector<cv::Point> grown = Unclip(region.corners, options.unclip_ratio);
  if (grown.empty()) return std::nullopt;
  const Rectangle whole = Around(grown);
  if (whole.short_side < kMinGrownSide) return std::nullopt;
  const Box box = Clockwise(Scale(whole.corners, probabilities.size(), target));
  const auto side = [](cv::Point2f a, cv::Point2f b) { return static_cast<float>(cv::norm(a - b)); };
  if (side(box[0], box[1]) < kMinTextSide || side(box[0], box[3]) < kMinTextSide) return std::nullopt;
  return box;
}

}  // namespace

std::vector<Box> FindTextRegions(const cv::Mat& probabilities, cv::Size target, const RegionOptions& options) {
  cv::Mat text = probabilities > options.threshold;
  if (options.dilation) cv::dilate(text, text, cv::Mat::ones(2, 2, CV_8U));
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(text, contours, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
  if (contours.size() > static_cast<size_t>(options.max_candidates)) contours.resize(options.max_candidates);
  std::vector<Box> boxes;
  for (const std::vector<cv::Point>& contour : contours) {
    if (const auto box = BoxOf(probabilities, contour, target, options)) boxes.push_back(*box);
  }
  return boxes;
}

}  // namespace huidu::task::ocr
