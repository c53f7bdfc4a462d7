#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace huidu::cli {

// Decodes a picture with stb_image, which lives in this one source file. False with a `reason` if it cannot.
bool DecodePixels(std::string_view file, int64_t max_side, int& width, int& height, std::vector<uint8_t>& rgb,
                  std::string& reason);

}  // namespace huidu::cli
