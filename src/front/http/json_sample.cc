#include "front/http/json_sample.h"

#include <cstring>

#include "base/status.h"
#include "base/strings.h"
#include "front/http/infer_request.h"
#include "front/http/json_elements.h"
#include "front/router/payload.h"

namespace huidu::front {

absl::StatusOr<std::shared_ptr<Payload>> ReadJsonSample(const Servable& servable, std::string_view sample) {
  std::string text(sample);
  HUIDU_ASSIGN_OR_RETURN(const rest::InferRequest request, rest::ParseInferRequest(text));
  std::vector<std::string> packed(request.inputs.size());
  std::vector<InputDescription> inputs;
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    const rest::RequestedInput& input = request.inputs[i];
    if (input.binary_size) {
      return absl::InvalidArgumentError(StrCat("input '", input.name, "': a sample holds its data as JSON"));
    }
    HUIDU_ASSIGN_OR_RETURN(const size_t bytes, rest::MeasureElements(text, input, packed[i]));
    inputs.push_back({input.name, input.datatype, input.shape, bytes, input.lod});
  }
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Payload> payload, NewPayload(servable, inputs, {}));
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::span<std::byte> memory = InputBytes(servable, *payload, i);
    if (packed[i].empty()) {
      HUIDU_RETURN_IF_ERROR(rest::ReadElements(text, request.inputs[i], memory));
    } else {
      std::memcpy(memory.data(), packed[i].data(), memory.size());
    }
  }
  HUIDU_RETURN_IF_ERROR(CheckContents(servable, *payload));
  return payload;
}

}  // namespace huidu::front
