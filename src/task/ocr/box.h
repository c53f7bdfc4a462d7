#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <vector>

namespace huidu::task::ocr {

// Four corners in pixels, clockwise from the text's top-left: corner 0 to 1 is the reading direction.
using Box = std::array<cv::Point2f, 4>;

float Width(const Box& box);   // the longer of the sides along the text
float Height(const Box& box);  // the longer of the sides across it

// Puts four corners of a box whose text is more or less upright in order: top-left, top-right, bottom-right,
// bottom-left.
Box Clockwise(const Box& corners);
// The same box, whose text begins `quarters` corners further on: 2 where it stands on its head.
Box BeginAt(const Box& box, int quarters);

// Moves each side of the rectangle outwards by area * ratio / circumference, and gives the smallest rectangle around
// the result. Undoes the shrinking of text regions in DBNet's training (Liao et al., Real-time Scene Text Detection
// with Differentiable Binarization, 2020, section 3.5). No points: the polygon has no area.
std::vector<cv::Point> Unclip(const Box& box, double ratio);

// Cuts the box out of the picture and straightens it.
cv::Mat CropLine(const cv::Mat& picture, const Box& box);

}  // namespace huidu::task::ocr
