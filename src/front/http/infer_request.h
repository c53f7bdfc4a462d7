#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tensor/tensor.h"

// The JSON of an inference request, without the elements of its tensors. Pure: no socket, no version, no clock.
namespace huidu::front::rest {

struct RequestedInput {
  std::string name;
  std::string datatype;
  tensor::Shape shape;
  std::vector<uint64_t> lod;
  std::optional<size_t> binary_size;  // its bytes follow the JSON
  std::string_view data;              // else: its elements, JSON text inside the request's
};

struct RequestedOutput {
  std::string name;
  std::optional<bool> binary;  // none: as the request says for all
};

struct InferRequest {
  std::string id;
  std::string version;  // parameter "model_version"
  std::string user;     // parameter "user_id"
  std::optional<std::chrono::nanoseconds> timeout;
  bool binary_output = false;
  std::vector<RequestedInput> inputs;
  std::vector<RequestedOutput> outputs;  // empty: all

  bool WantsBinary(std::string_view output) const;
};

// Gives `text` the room behind its end that the JSON reader wants; the result's views point into it.
// Errors: InvalidArgument that names the place: JSON that is none, a member of a wrong type, a tensor without name,
// datatype, shape or data, shared memory, classification, more tensors or dimensions than are taken.
absl::StatusOr<InferRequest> ParseInferRequest(std::string& text);

// The body of a repository index request: whether only what is ready is asked for. Errors: InvalidArgument.
absl::StatusOr<bool> ParseIndexRequest(std::string& text);

}  // namespace huidu::front::rest
