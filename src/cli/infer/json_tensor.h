#pragma once

#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "cli/infer/named_tensor.h"

namespace huidu::cli {

// A tensor of `type` from a JSON value: a list, nested as deep as the tensor has dimensions, whose lists of one level
// have one length; or an object {"shape": […], "data": […]}. Types: BOOL, integers, FP32, FP64, BYTES (strings).
// The name of the result is empty. Error: InvalidArgument saying what does not fit.
absl::StatusOr<NamedTensor> TensorFromJson(const nlohmann::ordered_json& json, tensor::DataType type);

// {"name", "datatype", "shape", "data"} with the values in one flat list, as KServe writes it.
nlohmann::ordered_json TensorToJson(const NamedTensor& tensor);

}  // namespace huidu::cli
