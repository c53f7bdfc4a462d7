#include "task/ocr/working_picture.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace huidu::task::ocr {
namespace {

constexpr int kStride = 32;
constexpr int kMinSide = 30;        // pixels: about a line of text
constexpr int kSmallPicture = 600;  // pixels of the shorter side
constexpr int kEnlargement = 2;
constexpr int kMaxAspect = 8;  // width by height, above which a picture is a single line

// One affine step after another: first `step`, then `rest`.
cv::Matx23d Then(const cv::Matx23d& step, const cv::Matx23d& rest) {
  const cv::Matx33d whole(step(0, 0), step(0, 1), step(0, 2), step(1, 0), step(1, 1), step(1, 2), 0, 0, 1);
  return rest * whole;
}

// Sides become multiples of 32, as RapidOCR does it.
void Resize(WorkingPicture& picture, double ratio) {
  const cv::Size from = picture.pixels.size();
  const auto side = [&](int length) {
    return std::max(kStride, static_cast<int>(std::nearbyint(std::floor(length * ratio) / kStride)) * kStride);
  };
  const cv::Size to(side(from.width), side(from.height));
  cv::resize(picture.pixels, picture.pixels, to);
  const cv::Matx23d back(static_cast<double>(from.width) / to.width, 0, 0, 0,
                         static_cast<double>(from.height) / to.height, 0);
  picture.to_original = Then(back, picture.to_original);
}

// Linear: what sharper methods make of small letters is read worse.
void Enlarge(WorkingPicture& picture) {
  cv::resize(picture.pixels, picture.pixels, {}, kEnlargement, kEnlargement, cv::INTER_LINEAR);
  picture.to_original = Then({1.0 / kEnlargement, 0, 0, 0, 1.0 / kEnlargement, 0}, picture.to_original);
}

int64_t PixelsOf(const cv::Mat& picture) { return int64_t{picture.cols} * picture.rows; }

// A very long picture gets no more than makes `max_pixels`: a file of some bytes may say that it is a million wide.
void AddBars(WorkingPicture& picture, int64_t max_pixels) {
  const int width = picture.pixels.cols, height = picture.pixels.rows;
  if (height > kMinSide && width <= kMaxAspect * height) return;
  const int64_t room = std::max<int64_t>(max_pixels / width - height, 0) / 2;
  const int bar =
      static_cast<int>(std::min<int64_t>(std::abs(std::max(width / kMaxAspect, kMinSide) * 2 - height) / 2, room));
  cv::copyMakeBorder(picture.pixels, picture.pixels, bar, bar, 0, 0, cv::BORDER_CONSTANT, cv::Scalar::all(0));
  picture.to_original = Then({1, 0, 0, 0, 1, -static_cast<double>(bar)}, picture.to_original);
}

}  // namespace

WorkingPicture Prepare(const cv::Mat& picture, const Options& options) {
  WorkingPicture working{.pixels = picture, .original = picture.size()};
  if (options.denoise) cv::medianBlur(picture, working.pixels, 3);
  const int longer = std::max(picture.cols, picture.rows);
  if (options.max_side > 0 && longer > options.max_side)
    Resize(working, static_cast<double>(options.max_side) / longer);
  const int shorter = std::min(working.pixels.cols, working.pixels.rows);
  const int64_t most = options.picture.max_pixels;
  const auto room_for = [&](double ratio) {
    return static_cast<double>(PixelsOf(working.pixels)) * ratio * ratio <= static_cast<double>(most);
  };
  if (options.enlarge_small_text && shorter < kSmallPicture && room_for(kEnlargement)) Enlarge(working);
  const double to_line = static_cast<double>(kMinSide) / shorter;
  if (shorter < kMinSide && room_for(to_line)) Resize(working, to_line);
  AddBars(working, most);
  return working;
}

WorkingPicture Straighten(const WorkingPicture& picture, double angle) {
  const cv::Size from = picture.pixels.size();
  const double cosine = std::abs(std::cos(angle)), sine = std::abs(std::sin(angle));
  const cv::Size to(static_cast<int>(std::ceil(from.width * cosine + from.height * sine)),
                    static_cast<int>(std::ceil(from.width * sine + from.height * cosine)));
  const cv::Point2f centre(static_cast<float>(from.width) / 2, static_cast<float>(from.height) / 2);
  cv::Mat turn = cv::getRotationMatrix2D(centre, angle * 180 / CV_PI, 1);
  turn.at<double>(0, 2) += (to.width - from.width) / 2.0;
  turn.at<double>(1, 2) += (to.height - from.height) / 2.0;
  cv::Mat back;
  cv::invertAffineTransform(turn, back);
  WorkingPicture straight = picture;
  cv::warpAffine(picture.pixels, straight.pixels, turn, to, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  straight.to_original = Then(cv::Matx23d(back.ptr<double>()), picture.to_original);
  return straight;
}

Box ToOriginal(const WorkingPicture& picture, const Box& box) {
  Box original;
  for (size_t i = 0; i < box.size(); ++i) {
    const cv::Vec2d point = picture.to_original * cv::Vec3d(box[i].x, box[i].y, 1);
    original[i] = {std::clamp(static_cast<float>(point[0]), 0.f, static_cast<float>(picture.original.width)),
                   std::clamp(static_cast<float>(point[1]), 0.f, static_cast<float>(picture.original.height))};
  }
  return original;
}

}  // namespace huidu::task::ocr
