#pragma once

#include <openvino/runtime/tensor.hpp>
#include <string>

#include "absl/status/status.h"
#include "engine/engine.h"

namespace huidu::engine::openvino {

// An OpenVINO tensor over the view's bytes, which are not copied; only BYTES become strings of OpenVINO's own.
// Throws ov::Exception where OpenVINO does.
ov::Tensor Wrap(const tensor::View& view);

// OpenVINO's CPU code computes 64-bit integers with 32 bits and drops the rest without a word: a number that does not
// fit is refused. Errors: InvalidArgument naming the input and the number.
absl::Status CheckRange(const std::string& name, const tensor::View& view);

// Puts a result where the sink wants it. Errors: the sink's.
absl::Status CopyOut(const ov::Tensor& result, size_t index, tensor::DataType type, OutputSink& outputs);

}  // namespace huidu::engine::openvino
