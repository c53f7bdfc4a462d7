#pragma once

#include <vector>

#include "task/ocr/network.h"
#include "task/ocr/options.h"

namespace huidu::task::ocr {

// Finds where text stands.
// Runs on: the instance's thread.
class Detector {
 public:
  Detector(std::unique_ptr<engine::Instance> instance, const Options& options)
      : network_("detection", std::move(instance)), options_(options) {}

  // Boxes in pixels of `picture`, in no particular order. Errors: the network's.
  absl::StatusOr<std::vector<Box>> Detect(const cv::Mat& picture);

 private:
  Network network_;
  const Options& options_;
};

// The size at which the network sees a picture: multiples of 32, as it halves the picture five times.
cv::Size DetectionSize(cv::Size picture, const Options& options);

}  // namespace huidu::task::ocr
