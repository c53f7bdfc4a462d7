#include "front/http/infer_response.h"

#include <algorithm>

#include "base/status.h"
#include "front/http/json_elements.h"
#include "front/http/json_writer.h"

namespace huidu::front::rest {
namespace {

bool IsWanted(const InferRequest& request, std::string_view output) {
  return request.outputs.empty() || std::any_of(request.outputs.begin(), request.outputs.end(),
                                                [&](const RequestedOutput& wanted) { return wanted.name == output; });
}

absl::Status WriteOutput(const Output& output, const std::string& name, bool binary, JsonWriter& json,
                         std::vector<std::span<const std::byte>>& blobs) {
  json.BeginObject().Member("name", name).Member("datatype", Name(output.type));
  json.Key("shape").Shape(output.shape);
  if (binary) {
    json.Key("parameters").BeginObject().Key("binary_data_size").Uint(output.data.size()).EndObject();
    blobs.push_back(output.data);
  } else {
    json.Key("data");
    HUIDU_RETURN_IF_ERROR(WriteElements(output.type, output.data, json));
  }
  json.EndObject();
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckOutputForms(const Servable& servable, const InferRequest& request) {
  for (const tensor::Spec& output : servable.signature().outputs) {
    if (HasJsonForm(output.type) || !IsWanted(request, output.name) || request.WantsBinary(output.name)) continue;
    return absl::InvalidArgumentError(StrCat("output '", output.name, "': ", Name(output.type),
                                             " cannot be sent as JSON; ask for it with binary_data: true"));
  }
  return absl::OkStatus();
}

absl::StatusOr<InferResponse> FormatResponse(const Result& result, const InferRequest& request) {
  const Servable& servable = *result.servable;
  const std::vector<tensor::Spec>& specs = servable.signature().outputs;
  InferResponse response;
  JsonWriter json;
  json.BeginObject().Member("model_name", servable.model()).Member("model_version", servable.version());
  if (!request.id.empty()) json.Member("id", request.id);
  json.Key("outputs").BeginArray();
  for (const Output& output : result.answer.outputs) {
    if (output.index >= specs.size()) {
      return absl::InternalError(
          StrCat("version ", servable.version(), " answered with an output that it does not have"));
    }
    const std::string& name = specs[output.index].name;
    HUIDU_RETURN_IF_ERROR(WriteOutput(output, name, request.WantsBinary(name), json, response.blobs));
  }
  json.EndArray().EndObject();
  response.json = json.Take();
  return response;
}

}  // namespace huidu::front::rest
