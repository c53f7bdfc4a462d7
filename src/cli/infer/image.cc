#include "cli/infer/image.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/status.h"
#include "cli/infer/decode_pixels.h"

namespace huidu::cli {
namespace {

constexpr int64_t kMaxSide = 16384;

// Where output pixel `i` of `size` looks in a row of `source` pixels: two neighbours and the second one's share.
struct Sample {
  int first, second;
  float share;
};

Sample SampleAt(int i, int size, int source) {
  const float at = (static_cast<float>(i) + 0.5f) * static_cast<float>(source) / static_cast<float>(size) - 0.5f;
  const float clamped = std::clamp(at, 0.0f, static_cast<float>(source - 1));
  const int first = static_cast<int>(clamped);
  return {first, std::min(first + 1, source - 1), clamped - static_cast<float>(first)};
}

absl::Status CheckInput(const tensor::Spec& input) {
  const bool fits = input.type == tensor::DataType::kFp32 && input.shape.size() == 4 &&
                    (input.shape[0] == 1 || input.shape[0] < 0) && (input.shape[1] == 3 || input.shape[1] < 0);
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("input '", input.name, "' is ", tensor::Name(input.type), " ",
                                           tensor::ToString(input.shape), "; a picture needs FP32 [1,3,H,W]"));
}

}  // namespace

absl::StatusOr<Image> DecodeImage(std::string_view file) {
  Image image;
  std::string reason;
  if (!DecodePixels(file, kMaxSide, image.width, image.height, image.rgb, reason)) {
    return absl::InvalidArgumentError(StrCat("not a usable PNG, JPEG or BMP picture: ", reason));
  }
  return image;
}

Image Resize(const Image& image, int width, int height) {
  Image out{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3)};
  const auto pixel = [&](int x, int y, int c) {
    return static_cast<float>(image.rgb[(static_cast<size_t>(y) * image.width + x) * 3 + c]);
  };
  for (int y = 0; y < height; ++y) {
    const Sample row = SampleAt(y, height, image.height);
    for (int x = 0; x < width; ++x) {
      const Sample column = SampleAt(x, width, image.width);
      for (int c = 0; c < 3; ++c) {
        const float top =
            std::lerp(pixel(column.first, row.first, c), pixel(column.second, row.first, c), column.share);
        const float bottom =
            std::lerp(pixel(column.first, row.second, c), pixel(column.second, row.second, c), column.share);
        out.rgb[(static_cast<size_t>(y) * width + x) * 3 + c] =
            static_cast<uint8_t>(std::lround(std::lerp(top, bottom, row.share)));
      }
    }
  }
  return out;
}

absl::StatusOr<NamedTensor> ImageTensor(const Image& image, const tensor::Spec& input, const ImageOptions& options) {
  HUIDU_RETURN_IF_ERROR(CheckInput(input));
  const int64_t height = std::min(input.shape[2] > 0 ? input.shape[2] : options.height, kMaxSide);
  const auto natural = static_cast<int64_t>(
      std::ceil(static_cast<double>(height) * static_cast<double>(image.width) / static_cast<double>(image.height)));
  const int64_t open = std::clamp<int64_t>(natural, options.width, kMaxSide);
  const int64_t width = std::min(input.shape[3] > 0 ? input.shape[3] : std::max<int64_t>(open, 1), kMaxSide);
  const Image resized =
      Resize(image, static_cast<int>(std::clamp<int64_t>(natural, 1, width)), static_cast<int>(height));
  std::vector<float> values(static_cast<size_t>(3 * height * width), 0.0f);
  for (int c = 0; c < 3; ++c) {
    const int source = options.rgb ? c : 2 - c;
    for (int y = 0; y < resized.height; ++y) {
      for (int x = 0; x < resized.width; ++x) {
        const float raw = resized.rgb[(static_cast<size_t>(y) * resized.width + x) * 3 + source];
        values[static_cast<size_t>((c * height + y) * width + x)] = (raw / 255.0f - options.mean[c]) / options.std[c];
      }
    }
  }
  std::string data(values.size() * sizeof(float), '\0');
  std::memcpy(data.data(), values.data(), data.size());
  return NamedTensor{input.name, tensor::DataType::kFp32, {1, 3, height, width}, std::move(data)};
}

}  // namespace huidu::cli
