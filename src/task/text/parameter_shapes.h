#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tensor/tensor.h"

namespace huidu::task::text {

// The shapes of the tensors in one of Paddle's parameter files, in the file's order: one where each parameter has a
// file of its own, all of them in .pdiparams and __params__. The names of the parameters are not in the file. A
// dictionary is held against the tables of its network with it.
//
// Source: SerializeToStream() of Paddle's dense_tensor_serialize.cc: a version, the LoD, a version again, a protobuf
// message (type, dimensions) behind its length, the values.
//
// Errors: NotFound, PermissionDenied; FailedPrecondition with the path if the file is none of these.
absl::StatusOr<std::vector<tensor::Shape>> ReadParameterShapes(const std::string& path);

}  // namespace huidu::task::text
