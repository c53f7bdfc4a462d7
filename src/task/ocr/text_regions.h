#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "task/ocr/box.h"

namespace huidu::task::ocr {

// How the detection network's answer, a map of how likely each pixel is text, becomes boxes.
struct RegionOptions {
  double threshold = 0.3;      // a pixel above it is text
  double box_threshold = 0.5;  // boxes whose pixels are less likely in the mean are dropped
  double unclip_ratio = 1.6;
  bool dilation = true;  // joins regions that one pixel parts
  int max_candidates = 1000;
};

// The post-processing of DBNet (Liao et al., Real-time Scene Text Detection with Differentiable Binarization, 2020).
// `probabilities` is CV_32F; the boxes are scaled to a picture of size `target` and lie within it.
std::vector<Box> FindTextRegions(const cv::Mat& probabilities, cv::Size target, const RegionOptions& options);

}  // namespace huidu::task::ocr
