#pragma once

#include <span>
#include <vector>

#include "task/ocr/box.h"

namespace huidu::task::ocr {

// Positions into `boxes` in the order in which they are read.

// RapidOCR's: by the top edge; neighbours whose top edges are less than 10 pixels apart go from left to right.
std::vector<size_t> OrderByRows(std::span<const Box> boxes);

// Huidu's: the page is turned so that most text runs from left to right, then boxes that stand side by side form a row,
// rows go from top to bottom and boxes within a row from left to right. A box's corner 0 is its text's top-left, so
// pages that stand on their side or head are read right too.
std::vector<size_t> OrderByPage(std::span<const Box> boxes);

// The angle of most text, in radians: 0 where it runs to the right, positive where it falls. Long boxes count more.
double TextAngle(std::span<const Box> boxes);

}  // namespace huidu::task::ocr
