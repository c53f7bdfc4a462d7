#include "task/ocr/box.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <polyclipping/clipper.hpp>

namespace huidu::task::ocr {
namespace {

float Distance(cv::Point2f a, cv::Point2f b) {
  const cv::Point2f d = a - b;
  return std::sqrt(d.x * d.x + d.y * d.y);
}

}  // namespace

float Width(const Box& box) { return std::max(Distance(box[0], box[1]), Distance(box[2], box[3])); }
float Height(const Box& box) { return std::max(Distance(box[0], box[3]), Distance(box[1], box[2])); }

Box Clockwise(const Box& corners) {
  Box sorted = corners;
  std::stable_sort(sorted.begin(), sorted.end(), [](auto a, auto b) { return a.x < b.x; });
  auto [top_left, bottom_left] = std::pair(sorted[0], sorted[1]);
  auto [top_right, bottom_right] = std::pair(sorted[2], sorted[3]);
  if (bottom_left.y < top_left.y) std::swap(top_left, bottom_left);
  if (bottom_right.y < top_right.y) std::swap(top_right, bottom_right);
  return {top_left, top_right, bottom_right, bottom_left};
}

Box BeginAt(const Box& box, int quarters) {
  Box turned = box;
  std::rotate(turned.begin(), turned.begin() + quarters % 4, turned.end());
  return turned;
}

std::vector<cv::Point> Unclip(const Box& box, double ratio) {
  double twice_area = 0, circumference = 0;
  ClipperLib::Path path;
  for (size_t i = 0; i < box.size(); ++i) {
    const cv::Point2d a = box[i], b = box[(i + 1) % box.size()];
    twice_area += a.x * b.y - b.x * a.y;
    circumference += std::hypot(a.x - b.x, a.y - b.y);
    path.emplace_back(static_cast<ClipperLib::cInt>(a.x), static_cast<ClipperLib::cInt>(a.y));
  }
  if (circumference <= 0) return {};
  ClipperLib::ClipperOffset offset;
  offset.AddPath(path, ClipperLib::jtRound, ClipperLib::etClosedPolygon);
  ClipperLib::Paths grown;
  offset.Execute(grown, std::abs(twice_area) / 2 * ratio / circumference);
  std::vector<cv::Point> points;
  for (const ClipperLib::Path& one : grown) {
    for (const ClipperLib::IntPoint& point : one)
      points.emplace_back(static_cast<int>(point.X), static_cast<int>(point.Y));
  }
  return points;
}

cv::Mat CropLine(const cv::Mat& picture, const Box& box) {
  const float width = std::max(1.f, std::floor(Width(box))), height = std::max(1.f, std::floor(Height(box)));
  const Box straight = {cv::Point2f(0, 0), {width, 0}, {width, height}, {0, height}};
  const cv::Mat transform = cv::getPerspectiveTransform(box.data(), straight.data());
  cv::Mat line;
  cv::warpPerspective(picture, line, transform, cv::Size(static_cast<int>(width), static_cast<int>(height)),
                      cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  return line;
}

}  // namespace huidu::task::ocr
