#include "task/ocr/reading_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace huidu::task::ocr {
namespace {

constexpr float kSameRow = 10;       // pixels
constexpr double kSideBySide = 0.5;  // of the smaller box's height, between the centres

// A box after the page has been turned.
struct Placed {
  size_t index;
  double x, y, height;  // of the centre
};

std::vector<Placed> Place(std::span<const Box> boxes, double angle) {
  std::vector<Placed> placed;
  const double cosine = std::cos(angle), sine = std::sin(angle);
  for (size_t i = 0; i < boxes.size(); ++i) {
    const cv::Point2f centre = (boxes[i][0] + boxes[i][1] + boxes[i][2] + boxes[i][3]) / 4;
    placed.push_back({i, centre.x * cosine + centre.y * sine, centre.y * cosine - centre.x * sine, Height(boxes[i])});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.y < b.y; });
  return placed;
}

// The end of the row that begins at `first`: each box stands beside the row's mean line.
size_t EndOfRow(const std::vector<Placed>& placed, size_t first) {
  double sum = placed[first].y, height = placed[first].height;
  size_t end = first + 1;
  for (; end < placed.size(); ++end) {
    const double mean = sum / static_cast<double>(end - first);
    if (placed[end].y - mean > kSideBySide * std::min(height, placed[end].height)) break;
    sum += placed[end].y;
    height = std::min(height, placed[end].height);
  }
  return end;
}

}  // namespace

std::vector<size_t> OrderByRows(std::span<const Box> boxes) {
  std::vector<size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto top_left = [&](size_t index) { return boxes[index][0]; };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(top_left(a).y, top_left(a).x) < std::pair(top_left(b).y, top_left(b).x);
  });
  for (size_t i = 1; i < order.size(); ++i) {
    for (size_t j = i; j > 0; --j) {
      const cv::Point2f before = top_left(order[j - 1]), here = top_left(order[j]);
      if (std::abs(here.y - before.y) >= kSameRow || here.x >= before.x) break;
      std::swap(order[j - 1], order[j]);
    }
  }
  return order;
}

double TextAngle(std::span<const Box> boxes) {
  cv::Point2d sum;
  for (const Box& box : boxes) sum += cv::Point2d(box[1] - box[0] + box[2] - box[3]);
  if (sum.x == 0 && sum.y == 0) return 0;
  const double mean = std::atan2(sum.y, sum.x);
  // The median of what deviates from the mean, weighted by length: a few slanted boxes do not tilt the page.
  std::vector<std::pair<double, double>> deviations;
  double total = 0;
  for (const Box& box : boxes) {
    const cv::Point2d along = box[1] - box[0] + box[2] - box[3];
    const double length = std::hypot(along.x, along.y);
    deviations.emplace_back(std::remainder(std::atan2(along.y, along.x) - mean, 2 * CV_PI), length);
    total += length;
  }
  std::sort(deviations.begin(), deviations.end());
  double passed = 0;
  for (const auto& [deviation, length] : deviations) {
    passed += length;
    if (passed * 2 >= total) return mean + deviation;
  }
  return mean;
}

std::vector<size_t> OrderByPage(std::span<const Box> boxes) {
  std::vector<Placed> placed = Place(boxes, TextAngle(boxes));
  for (size_t first = 0; first < placed.size();) {
    const size_t end = EndOfRow(placed, first);
    std::stable_sort(placed.begin() + static_cast<ptrdiff_t>(first), placed.begin() + static_cast<ptrdiff_t>(end),
                     [](const auto& a, const auto& b) { return a.x < b.x; });
    first = end;
  }
  std::vector<size_t> order;
  for (const Placed& box : placed) order.push_back(box.index);
  return order;
}

}  // namespace huidu::task::ocr
