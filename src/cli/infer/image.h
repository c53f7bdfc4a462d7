#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/infer/named_tensor.h"

namespace huidu::cli {

struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // 3 bytes a pixel, row by row
};

// A PNG, JPEG or BMP file. Error: InvalidArgument with the decoder's reason; larger than 16,384 pixels a side too.
absl::StatusOr<Image> DecodeImage(std::string_view file);

// Bilinear, with the centres of pixels where OpenCV's cv2.resize has them.
Image Resize(const Image& image, int width, int height);

struct ImageOptions {
  std::array<float, 3> mean = {0.5f, 0.5f, 0.5f};  // in the order of the channels
  std::array<float, 3> std = {0.5f, 0.5f, 0.5f};
  bool rgb = false;  // the model wants red first; PaddleOCR's want blue first
  int height = 48;   // where the model leaves it open
  int width = 0;     // where the model leaves it open: at least this; 0: as the picture needs
};

// The picture as a model's [1,3,H,W] FP32 input: resized to the height, keeping its aspect as far as the width allows,
// (x/255 - mean)/std, filled with zeros on the right. Open dimensions of `shape` (-1) follow the picture.
// Error: InvalidArgument if the model's input is no picture.
absl::StatusOr<NamedTensor> ImageTensor(const Image& image, const tensor::Spec& input, const ImageOptions& options);

}  // namespace huidu::cli
