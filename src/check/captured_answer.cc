#include "check/captured_answer.h"

#include <cstring>

#include "base/status.h"
#include "base/strings.h"
#include "front/http/infer_request.h"
#include "front/http/json_elements.h"
#include "tensor/data_type.h"

namespace huidu::check {
namespace {

Answer OfText(const std::string& text) {
  Output output{.name = "", .type = tensor::DataType::kBytes, .shape = {1}};
  const auto length = static_cast<uint32_t>(text.size());
  output.data.resize(sizeof(length) + text.size());
  std::memcpy(output.data.data(), &length, sizeof(length));
  std::memcpy(output.data.data() + sizeof(length), text.data(), text.size());
  return {.outputs = {std::move(output)}};
}

absl::StatusOr<Output> ReadTensor(const std::string& text, const front::rest::RequestedInput& tensor) {
  const auto type = tensor::FromName(tensor.datatype);
  if (!type) return absl::InvalidArgumentError(StrCat("'", tensor.datatype, "' is no datatype"));
  std::string packed;
  HUIDU_ASSIGN_OR_RETURN(const size_t bytes, front::rest::MeasureElements(text, tensor, packed));
  if (!packed.empty()) return absl::InvalidArgumentError("texts are exported as text");
  Output output{.name = tensor.name, .type = *type, .shape = tensor.shape};
  output.data.resize(bytes);
  HUIDU_RETURN_IF_ERROR(front::rest::ReadElements(text, tensor, output.data));
  return output;
}

// Outputs are written as inputs are: the reader of requests reads them.
absl::StatusOr<Answer> OfTensors(const std::string& json) {
  std::string text = StrCat("{\"inputs\":", json, "}");
  HUIDU_ASSIGN_OR_RETURN(const front::rest::InferRequest request, front::rest::ParseInferRequest(text));
  Answer answer;
  for (const front::rest::RequestedInput& tensor : request.inputs) {
    HUIDU_ASSIGN_OR_RETURN(Output output, ReadTensor(text, tensor));
    answer.outputs.push_back(std::move(output));
  }
  if (answer.outputs.empty()) return absl::InvalidArgumentError("there are no outputs");
  return answer;
}

}  // namespace

std::optional<Answer> CapturedAnswer(const Sample& sample) {
  if (!sample.answer) return std::nullopt;
  if (sample.answer->starts_with('[')) {
    if (absl::StatusOr<Answer> tensors = OfTensors(*sample.answer); tensors.ok()) return *std::move(tensors);
  }
  return OfText(*sample.answer);
}

}  // namespace huidu::check
