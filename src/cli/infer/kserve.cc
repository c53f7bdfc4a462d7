#include "cli/infer/kserve.h"

#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "base/status.h"
#include "cli/infer/json_tensor.h"

namespace huidu::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kJsonLength[] = "Inference-Header-Content-Length";

absl::Status Damaged(std::string_view what) {
  return absl::InternalError(StrCat("the server's answer is damaged: ", what));
}

absl::StatusOr<tensor::Shape> ParseShape(const Json& json) {
  if (!json.is_array() || json.size() > tensor::kMaxRank) return Damaged("a shape is no list");
  tensor::Shape shape;
  for (const Json& dimension : json) {
    if (!dimension.is_number_integer()) return Damaged("a dimension is no whole number");
    shape.push_back(dimension.get<int64_t>());
  }
  return shape;
}

// What inputs of metadata and outputs of an answer have in common.
absl::Status ParseTensorHead(const Json& json, std::string& name, tensor::DataType& type, tensor::Shape& shape) {
  if (!json.is_object()) return Damaged("a tensor is no object");
  const auto text = [&](const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
  };
  name = text("name");
  const auto known = tensor::FromName(text("datatype"));
  if (name.empty() || !known) return Damaged("a tensor without name or known datatype");
  type = *known;
  HUIDU_ASSIGN_OR_RETURN(shape, ParseShape(json.value("shape", Json())));
  return absl::OkStatus();
}

// The bytes that the JSON part promises for a tensor; -1: its data stand in the JSON.
absl::StatusOr<int64_t> BinarySize(const Json& json) {
  const Json parameters = json.value("parameters", Json::object());
  if (!parameters.is_object() || !parameters.contains("binary_data_size")) return -1;
  const Json& size = parameters["binary_data_size"];
  if (!size.is_number_unsigned()) return Damaged("binary_data_size is no number");
  return static_cast<int64_t>(size.get<uint64_t>() & INT64_MAX);
}

// Reads one output; `binary` loses the bytes that belong to it.
absl::StatusOr<NamedTensor> ParseOutput(const Json& json, std::string_view& binary) {
  NamedTensor output;
  HUIDU_RETURN_IF_ERROR(ParseTensorHead(json, output.name, output.type, output.shape));
  HUIDU_ASSIGN_OR_RETURN(const int64_t size, BinarySize(json));
  if (size < 0) {
    const Json described = {{"shape", output.shape}, {"data", json.value("data", Json())}};
    HUIDU_ASSIGN_OR_RETURN(NamedTensor typed, TensorFromJson(described, output.type));
    output.data = std::move(typed.data);
    return output;
  }
  if (static_cast<uint64_t>(size) > binary.size()) return Damaged(StrCat("output '", output.name, "' is cut off"));
  output.data = std::string(binary.substr(0, static_cast<size_t>(size)));
  binary.remove_prefix(static_cast<size_t>(size));
  HUIDU_RETURN_IF_ERROR(
      tensor::CheckBytes(output.name, output.type, output.shape, std::as_bytes(std::span(output.data))));
  return output;
}

}  // namespace

std::string ModelTarget(const ModelAddress& address) {
  std::string target = "/v2/models/" + EncodePathPiece(address.model);
  if (!address.version.empty()) target += "/versions/" + EncodePathPiece(address.version);
  return target;
}

absl::StatusOr<std::vector<tensor::Spec>> ParseInputs(std::string_view metadata) {
  const Json json = Json::parse(metadata, nullptr, false);
  if (!json.is_object() || !json.value("inputs", Json()).is_array()) return Damaged("no model metadata");
  std::vector<tensor::Spec> inputs;
  for (const Json& item : json["inputs"]) {
    tensor::Spec spec;
    HUIDU_RETURN_IF_ERROR(ParseTensorHead(item, spec.name, spec.type, spec.shape));
    inputs.push_back(std::move(spec));
  }
  return inputs;
}

HttpRequest BinaryRequest(const ModelAddress& address, const std::vector<NamedTensor>& inputs) {
  Json head = {{"parameters", {{"binary_data_output", true}}}, {"inputs", Json::array()}};
  std::string bytes;
  for (const NamedTensor& input : inputs) {
    head["inputs"].push_back({{"name", input.name},
                              {"datatype", tensor::Name(input.type)},
                              {"shape", input.shape},
                              {"parameters", {{"binary_data_size", input.data.size()}}}});
    bytes += input.data;
  }
  std::string json = head.dump(-1, ' ', false, Json::error_handler_t::replace);
  HttpRequest request{
      .method = "POST",
      .target = ModelTarget(address) + "/infer",
      .headers = {{"Content-Type", "application/octet-stream"}, {kJsonLength, std::to_string(json.size())}}};
  request.body = std::move(json) + bytes;
  return request;
}

HttpRequest JsonRequest(const ModelAddress& address, std::string body) {
  return {.method = "POST",
          .target = ModelTarget(address) + "/infer",
          .headers = {{"Content-Type", "application/json"}},
          .body = std::move(body)};
}

absl::StatusOr<InferAnswer> ParseInferAnswer(const HttpAnswer& answer) {
  if (answer.status != 200) return ErrorOf(answer);
  uint64_t json_size = answer.body.size();
  const std::string length(answer.Header(kJsonLength));
  if (!length.empty() && (!absl::SimpleAtoi(length, &json_size) || json_size > answer.body.size())) {
    return Damaged(StrCat(kJsonLength, " is ", length.substr(0, 32)));
  }
  const std::string_view body = answer.body;
  std::string_view binary = body.substr(json_size);
  const Json json = Json::parse(body.substr(0, json_size), nullptr, false);
  if (!json.is_object() || !json.value("outputs", Json()).is_array()) return Damaged("it has no outputs");
  InferAnswer result;
  const Json version = json.value("model_version", Json());
  result.model_version =
      version.is_string() ? version.get<std::string>() : std::string(answer.Header("x-model-version"));
  for (const Json& item : json["outputs"]) {
    HUIDU_ASSIGN_OR_RETURN(NamedTensor output, ParseOutput(item, binary));
    result.outputs.push_back(std::move(output));
  }
  return result;
}

absl::Status ErrorOf(const HttpAnswer& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  const Json text = json.is_object() ? json.value("error", Json()) : Json();
  return absl::UnknownError(text.is_string() ? StrCat("HTTP ", answer.status, ": ", text.get<std::string>())
                                             : StrCat("the server answered with HTTP status ", answer.status));
}

}  // namespace huidu::cli
