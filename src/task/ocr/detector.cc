#include "task/ocr/detector.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::task::ocr {
namespace {

constexpr int kStride = 32;
// A bound on the network's memory, about 250 bytes a pixel, whatever shape a picture has.
constexpr double kMaxPixels = 6'000'000;

int ToStride(double side) {
  return std::max(kStride, static_cast<int>(std::nearbyint(std::floor(side) / kStride)) * kStride);
}

double Ratio(cv::Size picture, const Options& options) {
  const double longer = std::max(picture.width, picture.height), shorter = std::min(picture.width, picture.height);
  if (options.detection_side_is_max) return std::min(1.0, options.detection_side / longer);
  const double ratio = std::max(1.0, options.detection_side / shorter);
  return options.detection_max_side > 0 ? std::min(ratio, options.detection_max_side / longer) : ratio;
}

}  // namespace

cv::Size DetectionSize(cv::Size picture, const Options& options) {
  const double wanted = Ratio(picture, options);
  const double pixels = static_cast<double>(picture.width) * picture.height;
  const double ratio = std::min(wanted, std::sqrt(kMaxPixels / pixels));
  return {ToStride(picture.width * ratio), ToStride(picture.height * ratio)};
}

absl::StatusOr<std::vector<Box>> Detector::Detect(const cv::Mat& picture) {
  const cv::Size size = DetectionSize(picture.size(), options_);
  cv::Mat scaled = picture;
  if (size != picture.size()) cv::resize(picture, scaled, size);
  Network::Put(network_.NewBatch(1, size.height, size.width), 0, scaled);
  HUIDU_ASSIGN_OR_RETURN(const Network::Answer answer, network_.Run(4));
  const tensor::Shape& shape = answer.shape;
  if (shape[1] != 1 || shape[2] != size.height || shape[3] != size.width) {
    return absl::InternalError(StrCat("part 'detection' has to answer a picture with a map of its size, [1,1,",
                                      size.height, ",", size.width, "]; it answers with ", tensor::ToString(shape)));
  }
  const cv::Mat probabilities(size, CV_32F, const_cast<float*>(answer.values.data()));
  return FindTextRegions(probabilities, picture.size(), options_.regions);
}

}  // namespace huidu::task::ocr
