// Any bytes as a picture: a refusal or a picture within its limits, and the way to the networks and back holds for it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "task/ocr/detector.h"
#include "task/ocr/picture.h"
#include "task/ocr/reading_order.h"
#include "task/ocr/working_picture.h"

namespace huidu::task::ocr {
namespace {

// What the detection network would say, made of the picture itself: dark is text.
std::vector<Box> DarkRegions(const cv::Mat& picture, const Options& options) {
  cv::Mat grey, scaled, probabilities;
  cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
  cv::resize(grey, scaled, DetectionSize(picture.size(), options), 0, 0, cv::INTER_NEAREST);
  scaled.convertTo(probabilities, CV_32F, -1.0 / 255, 1);
  return FindTextRegions(probabilities, picture.size(), options.regions);
}

void Check(bool holds) {
  if (!holds) std::abort();
}

void Walk(const cv::Mat& picture, Options options) {
  options.detection_side = 64;  // small, so that many inputs are tried in a second
  options.detection_max_side = 256;
  const WorkingPicture working = Prepare(picture, options);
  std::vector<Box> boxes = DarkRegions(working.pixels, options);
  if (boxes.size() > 20) boxes.resize(20);
  Check(OrderByRows(boxes).size() == boxes.size() && OrderByPage(boxes).size() == boxes.size());
  for (const Box& box : boxes) {
    Check(!CropLine(working.pixels, box).empty());
    for (const cv::Point2f& corner : ToOriginal(working, box)) {
      Check(corner.x >= 0 && corner.y >= 0 && corner.x <= static_cast<float>(picture.cols) &&
            corner.y <= static_cast<float>(picture.rows));
    }
  }
}

}  // namespace
}  // namespace huidu::task::ocr

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace huidu::task::ocr;
  cv::setNumThreads(1);
  constexpr PictureLimits kLimits = {.max_pixels = 200'000, .max_bytes = 1 << 20};
  const auto picture = DecodePicture({reinterpret_cast<const char*>(data), size}, kLimits);
  if (!picture.ok()) return 0;
  Check(int64_t{picture->rows} * picture->cols <= kLimits.max_pixels && picture->type() == CV_8UC3);
  Options options;
  options.denoise = size % 2 == 0;
  Walk(*picture, options);
  return 0;
}
