#pragma once

#include <memory>
#include <openvino/openvino.hpp>

#include "absl/status/statusor.h"
#include "engine/engine.h"

namespace huidu::engine::openvino {

// Reads a version's files without compiling them.
// Errors: InvalidArgument naming the file: it is missing, broken, or of a format that OpenVINO does not read.
absl::StatusOr<std::shared_ptr<ov::Model>> ReadModel(const LoadOptions& options);

// Names, types and shapes of the tensors, in the model's own order.
// Errors: InvalidArgument naming the tensor whose type has no KServe name.
absl::StatusOr<Signature> ReadSignature(const ov::Model& model, Format format);

}  // namespace huidu::engine::openvino
