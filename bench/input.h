#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tensor/tensor.h"

namespace huidu::bench {

// One input tensor of the request that is sent again and again.
struct Input {
  std::string name;
  tensor::DataType type = tensor::DataType::kFp32;
  tensor::Shape shape;
  std::vector<std::byte> data;
};

// "x:FP32:1,3,48,320", or with "@FILE" behind it to take the bytes from a file. Without a file the contents are always
// the same: floats spread over [-1, 1), integers 0 to 9 in turn.
// Errors: InvalidArgument (form, type, size), NotFound (file).
absl::StatusOr<Input> ParseInput(std::string_view text);

}  // namespace huidu::bench
