#pragma once

#include <memory>
#include <span>
#include <vector>

#include "task/ocr/network.h"
#include "task/ocr/options.h"

namespace huidu::task::ocr {

// Tells lines that stand on their head.
// Runs on: the instance's thread.
class Classifier {
 public:
  Classifier(std::unique_ptr<engine::Instance> instance, const Options& options)
      : network_("classification", std::move(instance)), options_(options) {}

  // For each line, whether it stands on its head with at least the certainty of classification_threshold.
  // Errors: the network's.
  absl::StatusOr<std::vector<bool>> OnTheirHead(std::span<const cv::Mat> lines);

 private:
  Network network_;
  const Options& options_;
};

}  // namespace huidu::task::ocr
