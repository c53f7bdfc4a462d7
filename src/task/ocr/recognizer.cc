#include "task/ocr/recognizer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::task::ocr {
namespace {

constexpr int kMaxWidth = 4096;  // bounds the memory that one line costs; lines of some 200 characters fit

constexpr int kWidthStep = 32;

double RatioOf(const cv::Mat& line) { return line.cols / static_cast<double>(line.rows); }

int BatchWidth(double widest_ratio, const Options& options) {
  const int needed =
      static_cast<int>(kLineHeight * std::max(widest_ratio, options.min_width / static_cast<double>(kLineHeight)));
  if (!options.few_widths) return std::clamp(needed, 8, kMaxWidth);
  int step = kWidthStep;
  while (step * 8 < needed) step *= 2;
  return std::min((needed + step - 1) / step * step, kMaxWidth);
}

}  // namespace

std::vector<std::vector<size_t>> GroupByWidth(std::span<const double> ratios, const Options& options) {
  std::vector<size_t> order(ratios.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return ratios[a] < ratios[b]; });
  std::vector<std::vector<size_t>> batches;
  for (const size_t line : order) {
    const bool full = batches.empty() || batches.back().size() == static_cast<size_t>(options.batch);
    const bool too_wide =
        !full && options.batch_spread > 0 && ratios[line] > ratios[batches.back().front()] * (1 + options.batch_spread);
    if (full || too_wide) batches.emplace_back();
    batches.back().push_back(line);
  }
  return batches;
}

absl::StatusOr<std::vector<Reading>> Recognizer::Read(std::span<const cv::Mat> lines) {
  std::vector<double> ratios;
  for (const cv::Mat& line : lines) ratios.push_back(RatioOf(line));
  std::vector<Reading> readings(lines.size());
  for (const std::vector<size_t>& batch : GroupByWidth(ratios, options_)) {
    HUIDU_RETURN_IF_ERROR(ReadBatch(lines, batch, readings));
  }
  return readings;
}

absl::Status Recognizer::ReadBatch(std::span<const cv::Mat> lines, std::span<const size_t> batch,
                                   std::vector<Reading>& readings) {
  const int width = BatchWidth(RatioOf(lines[batch.back()]), options_);
  Network::Batch& pictures = network_.NewBatch(static_cast<int>(batch.size()), kLineHeight, width);
  for (size_t i = 0; i < batch.size(); ++i) {
    const cv::Mat& line = lines[batch[i]];
    const int own_width = std::clamp(static_cast<int>(std::ceil(kLineHeight * RatioOf(line))), 1, width);
    cv::Mat scaled;
    cv::resize(line, scaled, cv::Size(own_width, kLineHeight));
    Network::Put(pictures, static_cast<int>(i), scaled);
  }
  HUIDU_ASSIGN_OR_RETURN(const Network::Answer answer, network_.Run(3));
  if (static_cast<size_t>(answer.shape[2]) != dictionary_.columns()) {
    return absl::InternalError(StrCat("part 'recognition' answers with ", answer.shape[2],
                                      " columns a step; the dictionary is for ", dictionary_.columns()));
  }
  const size_t values_of_line = answer.values.size() / batch.size();
  for (size_t i = 0; i < batch.size(); ++i) {
    readings[batch[i]] = dictionary_.Decode(answer.values.subspan(i * values_of_line, values_of_line));
  }
  return absl::OkStatus();
}

}  // namespace huidu::task::ocr
