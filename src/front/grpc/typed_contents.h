#pragma once

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "proto/inference/inference.pb.h"

// Tensors whose elements a client put one by one into InferTensorContents, instead of giving their bytes raw.
namespace huidu::front::rpc {

// How many bytes the tensor takes in the arena. Errors: InvalidArgument naming the input: elements in a field that is
// not the datatype's, or a datatype that has no field. An unknown datatype gives 0; the signature's check refuses it.
absl::StatusOr<size_t> TypedBytes(const inference::ModelInferRequest::InferInputTensor& input);

// Writes the elements. `out` has the size that TypedBytes() gave. Error: InvalidArgument naming the element that is out
// of the datatype's range (INT8 and the like travel as 32-bit numbers).
absl::Status CopyTyped(const inference::ModelInferRequest::InferInputTensor& input, std::span<std::byte> out);

// Whether any field holds an element.
bool HasTypedContents(const inference::ModelInferRequest::InferInputTensor& input);

}  // namespace huidu::front::rpc
