#pragma once

#include <exception>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "tensor/tensor.h"

namespace huidu::engine {

// One readable line from an inference library's exception: without stack traces, source positions, rules and blank
// lines, and cut where it gets endless.
std::string ExceptionText(const std::exception& error);

// The exception that is being handled (call it inside catch (...)) as a status: `where: text`.
absl::Status CurrentException(absl::StatusCode code, const std::string& where);

// Whose fault it is that a network fails while it runs. The libraries do not say; but a tensor without any element is
// something that few networks can take, so it is not held against the model.
absl::StatusCode FaultOf(std::span<const tensor::View> inputs);

// InvalidArgument with the system's reason if `path` is no file that can be read.
absl::Status CheckReadable(const std::string& path);

// CheckReadable(), and the file is not empty: no model's program is.
absl::Status CheckProgram(const std::string& path);

}  // namespace huidu::engine
