#pragma once

#include <opencv2/core.hpp>

#include "task/ocr/box.h"
#include "task/ocr/options.h"

namespace huidu::task::ocr {

// A picture on its way to the networks, and the way back from its pixels to those of the picture that came.
// Plain data, copied cheaply.
struct WorkingPicture {
  cv::Mat pixels;
  cv::Size original;
  cv::Matx23d to_original = {1, 0, 0, 0, 1, 0};
};

// Denoises, reduces to max_side, enlarges small pictures where asked for and what is lower than a line of text, and
// puts black above and below pictures of a single line, in which the detection network would find nothing.
WorkingPicture Prepare(const cv::Mat& picture, const Options& options);

// The picture turned by `angle` radians, as large as needed, so that text that ran at that angle runs to the right.
WorkingPicture Straighten(const WorkingPicture& picture, double angle);

// A box of the working picture in pixels of the original, within it.
Box ToOriginal(const WorkingPicture& picture, const Box& box);

}  // namespace huidu::task::ocr
