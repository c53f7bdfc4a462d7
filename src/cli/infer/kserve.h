#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/http_client.h"
#include "cli/infer/named_tensor.h"

// KServe V2 over HTTP as a client speaks it: metadata, a binary request, an answer with binary or JSON tensors.
namespace huidu::cli {

struct ModelAddress {
  std::string model;
  std::string version;  // empty: the live one
};

// "/v2/models/ocr/versions/v2", without what follows.
std::string ModelTarget(const ModelAddress& address);

// The inputs that a metadata answer names. Error: Internal, if it is none.
absl::StatusOr<std::vector<tensor::Spec>> ParseInputs(std::string_view metadata);

// An inference request with its tensors in binary form, whose answer is to be binary as well.
HttpRequest BinaryRequest(const ModelAddress& address, const std::vector<NamedTensor>& inputs);
// The same with a body that somebody wrote.
HttpRequest JsonRequest(const ModelAddress& address, std::string body);

struct InferAnswer {
  std::string model_version;
  std::vector<NamedTensor> outputs;
};

// Errors: what the server refused, with its text; Internal if the answer is damaged.
absl::StatusOr<InferAnswer> ParseInferAnswer(const HttpAnswer& answer);

// The error that an answer with an error status means.
absl::Status ErrorOf(const HttpAnswer& answer);

}  // namespace huidu::cli
