#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "tensor/tensor.h"

namespace huidu::cli {

// Inputs larger than this are not read: it is more than a server takes.
inline constexpr size_t kMaxInputBytes = size_t{1} << 30;

// A tensor with its bytes: little-endian, row-major. BYTES elements have a 4-byte length in front each.
struct NamedTensor {
  std::string name;
  tensor::DataType type = tensor::DataType::kFp32;
  tensor::Shape shape;
  std::string data;
};

// A whole file. Errors: NotFound (with the system's reason), ResourceExhausted (more than `max_bytes`).
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes = kMaxInputBytes);

// One element of a fixed-size type as text: "0.53125", "7", "true". Floating-point numbers are rounded for people, or
// with `exact` written so that reading them gives the same number.
std::string ElementText(const NamedTensor& tensor, size_t index, bool exact = false);

// The values of an FP32, FP16, BF16 or FP64 tensor as float. Error: InvalidArgument for another type.
absl::StatusOr<std::vector<float>> ToFloats(const NamedTensor& tensor);

}  // namespace huidu::cli
