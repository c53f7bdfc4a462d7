#include "cli/infer/decode_pixels.h"

#include <limits>
#include <memory>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace huidu::cli {

bool DecodePixels(std::string_view file, int64_t max_side, int& width, int& height, std::vector<uint8_t>& rgb,
                  std::string& reason) {
  if (file.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    reason = "the file is too large";
    return false;
  }
  const auto* bytes = reinterpret_cast<const stbi_uc*>(file.data());
  const int size = static_cast<int>(file.size());
  int channels = 0;
  // The head alone first: a small file may claim a picture of gigabytes.
  if (stbi_info_from_memory(bytes, size, &width, &height, &channels) == 0) {
    reason = stbi_failure_reason();
    return false;
  }
  if (width < 1 || height < 1 || width > max_side || height > max_side) {
    reason = "it is " + std::to_string(width) + " x " + std::to_string(height) + " pixels";
    return false;
  }
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(bytes, size, &width, &height, &channels, 3), stbi_image_free);
  if (pixels == nullptr) {
    reason = stbi_failure_reason();
    return false;
  }
  rgb.assign(pixels.get(), pixels.get() + static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  return true;
}

}  // namespace huidu::cli
