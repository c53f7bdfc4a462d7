#include "task/ocr/classifier.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::task::ocr {
namespace {

constexpr int kHeight = 48, kWidth = 192;
constexpr size_t kBatch = 6;

void PutScaled(Network::Batch& batch, int index, const cv::Mat& line) {
  const int width = static_cast<int>(std::ceil(kHeight * (line.cols / static_cast<double>(line.rows))));
  cv::Mat scaled;
  cv::resize(line, scaled, cv::Size(std::clamp(width, 1, kWidth), kHeight));
  Network::Put(batch, index, scaled);
}

}  // namespace

absl::StatusOr<std::vector<bool>> Classifier::OnTheirHead(std::span<const cv::Mat> lines) {
  std::vector<bool> on_head;
  for (size_t first = 0; first < lines.size(); first += kBatch) {
    const size_t count = std::min(kBatch, lines.size() - first);
    Network::Batch& batch = network_.NewBatch(static_cast<int>(count), kHeight, kWidth);
    for (size_t i = 0; i < count; ++i) PutScaled(batch, static_cast<int>(i), lines[first + i]);
    HUIDU_ASSIGN_OR_RETURN(const Network::Answer answer, network_.Run(2));
    if (answer.shape[1] != 2) {
      return absl::InternalError(
          StrCat("part 'classification' has to answer with 2 probabilities a line, upright and on its "
                 "head; it answers with ",
                 tensor::ToString(answer.shape)));
    }
    for (size_t i = 0; i < count; ++i) {
      const float upright = answer.values[2 * i], turned = answer.values[2 * i + 1];
      on_head.push_back(turned > upright && turned > options_.classification_threshold);
    }
  }
  return on_head;
}

}  // namespace huidu::task::ocr
