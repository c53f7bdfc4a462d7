#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "front/router/payload.h"
#include "front/router/router.h"
#include "proto/inference/inference.pb.h"

// Messages of the protocol to and from the words of the router. Pure functions: no gRPC, no clock, no thread.
// (The namespace is not called as the folder: `grpc` there would hide the library's own.)
namespace huidu::front::rpc {

// What a request says, without its tensors' bytes. Views point into the request.
struct RequestView {
  std::vector<InputDescription> inputs;
  std::vector<std::string_view> outputs;  // wanted; empty: all
};

// Errors: InvalidArgument that names the tensor or parameter: raw and typed contents mixed, another number of raw
// contents than of inputs, elements in the wrong field, shared memory, classification, more tensors than are taken.
absl::StatusOr<RequestView> View(const inference::ModelInferRequest& request);

// The parameter "user_id"; empty if it is absent or no string.
std::string_view UserId(const inference::ModelInferRequest& request);

// The parameter "timeout", in microseconds; none if it is absent or 0. Error: InvalidArgument for no such number.
absl::StatusOr<std::optional<std::chrono::nanoseconds>> Timeout(const inference::ModelInferRequest& request);

// Writes the bytes of input `i` to `out`, which has the size that View() gave. Error: InvalidArgument for a typed
// element out of its datatype's range.
absl::Status CopyInput(const inference::ModelInferRequest& request, size_t i, std::span<std::byte> out);

// The answer to a successful inference but its tensors' bytes. Error: Internal if the answer names an output that the
// version's signature does not have.
absl::Status FillHead(const Result& result, std::string_view request_id, inference::ModelInferResponse& response);

// The bytes of every output, in the same order; always raw.
void AddContents(const Answer& answer, inference::ModelInferResponse& response);

}  // namespace huidu::front::rpc
