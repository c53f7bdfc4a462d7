// Any bytes as a picture: a refusal or a picture within its limits, and the way to the networks and back holds for it.
// Noise alone would not come far: most inputs are changes to a small picture that is whole.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <string_view>
#include <vector>

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

std::vector<uint8_t> Encoded(const char* format, int channels) {
  cv::Mat picture(40, 90, CV_8UC(channels), cv::Scalar::all(230));
  cv::putText(picture, "0815", {6, 28}, cv::FONT_HERSHEY_SIMPLEX, 0.8, cv::Scalar::all(20), 2);
  std::vector<uint8_t> bytes;
  if (!cv::imencode(format, picture, bytes)) std::abort();
  return bytes;
}

const std::vector<std::vector<uint8_t>>& Whole() {
  static const auto* const pictures = new std::vector<std::vector<uint8_t>>{
      Encoded(".jpg", 3), Encoded(".jpg", 1),  Encoded(".png", 3),  Encoded(".png", 4),
      Encoded(".bmp", 3), Encoded(".tiff", 3), Encoded(".tiff", 1), Encoded(".webp", 3)};
  return *pictures;
}

// The first byte picks a picture, or none; then each three say where it is changed, and to what.
std::string Picture(const uint8_t* data, size_t size) {
  const size_t which = size == 0 ? 0 : data[0] % (Whole().size() + 1);
  if (which == 0) return {reinterpret_cast<const char*>(data), size};
  const std::vector<uint8_t>& whole = Whole()[which - 1];
  std::string changed(whole.begin(), whole.end());
  for (size_t i = 1; i + 2 < size; i += 3) {
    const size_t at = static_cast<size_t>(data[i]) << 8 | data[i + 1];
    // Headers are short and decide most: every other change is one of the first 256 bytes.
    changed[(i % 2 == 0 ? at : data[i + 1]) % changed.size()] = static_cast<char>(data[i + 2]);
  }
  return changed;
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
  const auto picture = DecodePicture(Picture(data, size), kLimits);
  if (!picture.ok()) return 0;
  Check(int64_t{picture->rows} * picture->cols <= kLimits.max_pixels && picture->type() == CV_8UC3);
  Options options;
  options.denoise = size % 2 == 0;
  Walk(*picture, options);
  return 0;
}
