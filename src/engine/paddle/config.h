#pragma once

#include "absl/status/status.h"
#include "engine/load_options.h"
#include "paddle_inference_api.h"

namespace huidu::engine::paddle {

// Turns the options of a version into Paddle's configuration.
// Errors: FailedPrecondition if the version asks for a GPU and this build of Paddle has no CUDA.
absl::Status Configure(const LoadOptions& options, paddle_infer::Config& config);

}  // namespace huidu::engine::paddle
