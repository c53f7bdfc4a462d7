#pragma once

#include <optional>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "paddle_inference_api.h"

namespace huidu::engine::paddle {

// Empty for a number that is none of Paddle's types.
std::optional<tensor::DataType> FromPaddle(paddle_infer::DataType type);

// Copies a request's tensor into the network's input: the network may write over its inputs while it runs, and the
// request's memory is read-only. Throws what Paddle throws. Errors: InvalidArgument if a dimension is too large.
absl::Status CopyIn(const tensor::View& view, paddle_infer::Tensor& input);

// Puts a result where the sink wants it. Throws what Paddle throws. Errors: the sink's; Internal for an unknown type.
absl::Status CopyOut(const paddle_infer::Tensor& result, size_t index, OutputSink& outputs);

}  // namespace huidu::engine::paddle
