#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/infer/named_tensor.h"

// NumPy's file format: versions 1 and 2, little-endian numbers and bool, C order.
namespace huidu::cli {

// The name of the result is empty. Error: InvalidArgument saying what is wrong and what would do.
absl::StatusOr<NamedTensor> ParseNpy(std::string_view file);

// Error: InvalidArgument for a type that NumPy has not (BF16, BYTES).
absl::StatusOr<std::string> WriteNpy(const NamedTensor& tensor);

}  // namespace huidu::cli
