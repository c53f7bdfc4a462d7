#pragma once

#include <cstdint>

namespace huidu::task::ocr {

// While one lives, this thread's new matrices of OpenCV are filled with zeros, and one of more than `max_pixels`
// elements ends in TooManyPixels. OpenCV's decoders make the picture's matrix as soon as they know its size from the
// header; that is where a decompression bomb stops, whatever its format and its header's tricks.
class BoundedMatrices {
 public:
  struct TooManyPixels {
    int width, height;
  };

  explicit BoundedMatrices(int64_t max_pixels);
  ~BoundedMatrices();
  BoundedMatrices(const BoundedMatrices&) = delete;
  BoundedMatrices& operator=(const BoundedMatrices&) = delete;
};

}  // namespace huidu::task::ocr
