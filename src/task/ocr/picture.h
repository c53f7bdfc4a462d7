#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace huidu::task::ocr {

struct PictureLimits {
  int64_t max_pixels = 40'000'000;
  int64_t max_bytes = 32 << 20;
};

// Decodes one JPEG, PNG, BMP, TIFF or WebP picture: 8-bit BGR, turned upright as its EXIF data say, transparency laid
// on white. Of a TIFF with several pages the first is read, of an animated PNG its still picture.
//
// The bytes may be hostile: a picture that is larger than `limits` is refused when its header has been read, before
// memory is taken for its pixels, and pixels that a damaged picture lacks are never what memory held before.
// Runs on: any thread.
// Errors: InvalidArgument, saying what is wrong with the picture.
absl::StatusOr<cv::Mat> DecodePicture(std::string_view bytes, const PictureLimits& limits);

// A PNG of about 2 KiB with a line of text, to warm a version up with. Error: Internal.
absl::StatusOr<std::string> ExamplePicture();

}  // namespace huidu::task::ocr
