#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "front/http/infer_request.h"
#include "front/router/router.h"

namespace huidu::front::rest {

// The body of an answer: JSON, and behind it the bytes of the outputs that the client wants as bytes. They still stand
// in the worker's memory, as long as the Result lives.
struct InferResponse {
  std::string json;
  std::vector<std::span<const std::byte>> blobs;
};

// Whether this version can answer the request in the form that it asks for. Error: InvalidArgument for an output that
// has no JSON form (FP16, BF16) and was not asked for as bytes.
absl::Status CheckOutputForms(const Servable& servable, const InferRequest& request);

// Error: Internal if the answer does not keep to the version's signature.
absl::StatusOr<InferResponse> FormatResponse(const Result& result, const InferRequest& request);

}  // namespace huidu::front::rest
