#pragma once

#include <memory>
#include <span>
#include <vector>

#include "task/ocr/dictionary.h"
#include "task/ocr/network.h"
#include "task/ocr/options.h"

namespace huidu::task::ocr {

inline constexpr int kLineHeight = 48;  // pixels: what PP-OCR's recognition networks take

// Reads lines.
// Runs on: the instance's thread. Lives: not longer than the dictionary and the options.
class Recognizer {
 public:
  Recognizer(std::unique_ptr<engine::Instance> instance, const Dictionary& dictionary, const Options& options)
      : network_("recognition", std::move(instance)), dictionary_(dictionary), options_(options) {}

  // What stands on each line. Errors: the network's; Internal if its answer does not fit the dictionary.
  absl::StatusOr<std::vector<Reading>> Read(std::span<const cv::Mat> lines);

 private:
  absl::Status ReadBatch(std::span<const cv::Mat> lines, std::span<const size_t> batch, std::vector<Reading>& readings);

  Network network_;
  const Dictionary& dictionary_;
  const Options& options_;
};

// Positions of lines in batches for the network: those of like shape together, as all of a batch are padded to its
// widest. `ratios`: width by height of each line.
std::vector<std::vector<size_t>> GroupByWidth(std::span<const double> ratios, const Options& options);

}  // namespace huidu::task::ocr
