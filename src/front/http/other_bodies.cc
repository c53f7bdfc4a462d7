#include "front/http/other_bodies.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "base/status.h"
#include "base/strings.h"
#include "front/http/json_elements.h"
#include "front/http/json_reader.h"
#include "front/http/json_writer.h"

namespace huidu::front::rest {
namespace {

using nlohmann::json;
using tensor::DataType;
using tensor::Spec;

// Text of one list of numbers: it takes many times as much memory while it is read.
constexpr size_t kMaxNumbers = size_t{4} << 20;

// "image/png" of "image/png; charset=x".
std::string_view MediaType(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type;
}

bool Matches(std::string_view wanted, std::string_view type) {
  if (wanted.empty()) return true;
  if (wanted.ends_with("/*"))
    return absl::StartsWithIgnoreCase(ToAbsl(type), ToAbsl(wanted.substr(0, wanted.size() - 1)));
  return http::EqualsIgnoreCase(wanted, type);
}

std::string Element(std::string_view bytes) {
  std::string element(sizeof(uint32_t), '\0');
  const auto length = static_cast<uint32_t>(bytes.size());
  std::memcpy(element.data(), &length, sizeof(length));
  return element.append(bytes);
}

WholeInput OneElement(const Spec& spec, std::string_view bytes) {
  WholeInput input;
  input.description.name = spec.name;
  input.description.datatype = Name(spec.type);
  input.description.shape.assign(spec.any_rank ? 1 : spec.shape.size(), 1);
  input.bytes = Element(bytes);
  return input;
}

// Error: InvalidArgument if rows differ in length or something else is in it.
absl::Status ReadShape(const json& list, size_t depth, tensor::Shape& shape, std::string_view key) {
  if (!list.is_array()) return absl::OkStatus();
  if (depth >= tensor::kMaxRank) return absl::InvalidArgumentError(StrCat("key '", key, "': the list is too deep"));
  if (depth == shape.size()) shape.push_back(static_cast<int64_t>(list.size()));
  if (shape[depth] != static_cast<int64_t>(list.size())) {
    return absl::InvalidArgumentError(StrCat("key '", key, "': the rows of the list differ in length"));
  }
  for (const json& item : list) HUIDU_RETURN_IF_ERROR(ReadShape(item, depth + 1, shape, key));
  return absl::OkStatus();
}

absl::StatusOr<WholeInput> Numbers(const Spec& spec, std::string_view key, const std::string& value) {
  if (value.size() > kMaxNumbers) {
    return absl::InvalidArgumentError(StrCat("key '", key, "': ", value.size(), " bytes of numbers, and the limit is ",
                                             kMaxNumbers, "; send them as a KServe request with binary tensors"));
  }
  const auto shallow = [](int depth, json::parse_event_t, json&) {
    return depth <= static_cast<int>(tensor::kMaxRank);
  };
  const json list = json::parse(value, shallow, /*allow_exceptions=*/false);
  if (!list.is_array()) {
    return absl::InvalidArgumentError(
        StrCat("key '", key, "': expected a list of ", Name(spec.type), " as text, for example \"[[1,2],[3,4]]\""));
  }
  WholeInput input;
  input.description.name = spec.name;
  input.description.datatype = Name(spec.type);
  HUIDU_RETURN_IF_ERROR(ReadShape(list, 0, input.description.shape, key));
  if (!HasJsonForm(spec.type)) {
    return absl::InvalidArgumentError(StrCat("key '", key, "': ", Name(spec.type), " has no form as text"));
  }
  HUIDU_ASSIGN_OR_RETURN(const size_t bytes, tensor::ByteSize(spec.type, input.description.shape));
  std::string text = value;
  AddPadding(text);
  input.bytes.resize(bytes);
  input.description.data = text;
  const auto read = ReadElements(text, input.description, std::as_writable_bytes(std::span(input.bytes)));
  input.description.data = {};
  HUIDU_RETURN_IF_ERROR(read);
  return input;
}

absl::StatusOr<WholeInput> PipelineInput(const Spec& spec, std::string_view key, const std::string& value) {
  if (spec.type != DataType::kBytes) return Numbers(spec, key, value);
  if (!spec.media_type.starts_with("image/")) return OneElement(spec, value);
  std::string bytes;
  if (!absl::Base64Unescape(value, &bytes)) {
    return absl::InvalidArgumentError(StrCat("key '", key, "': expected a picture in base64"));
  }
  return OneElement(spec, bytes);
}

const Spec* FindInput(const engine::Signature& signature, const std::string& key, size_t keys) {
  for (const Spec& spec : signature.inputs) {
    if (spec.name == key) return &spec;
  }
  return signature.inputs.size() == 1 && keys == 1 ? &signature.inputs[0] : nullptr;
}

absl::Status ReadStrings(simdjson::ondemand::value value, std::string_view member, std::vector<std::string>& strings) {
  simdjson::ondemand::array list;
  if (const auto error = value.get(list)) return Unexpected(member, "a list of strings", error);
  strings.clear();
  for (auto item : list) {
    std::string_view text;
    if (const auto error = item.get(text)) return Unexpected(member, "a list of strings", error);
    if (strings.size() == tensor::kMaxTensors) {
      return Wrong(member, StrCat("has more than ", tensor::kMaxTensors, " elements"));
    }
    strings.emplace_back(text);
  }
  return absl::OkStatus();
}

// The list of an output, without the nesting that its shape has: flat lists are what its elements are written as.
absl::StatusOr<json> Flat(const Output& output) {
  if (!HasJsonForm(output.type)) return json::array();
  JsonWriter writer;
  HUIDU_RETURN_IF_ERROR(WriteElements(output.type, output.data, writer));
  json list = json::parse(writer.Take(), nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) return absl::InternalError("the answer holds NaN or infinity, which has no form as text");
  return list;
}

json Nest(const json& flat, const tensor::Shape& shape, size_t depth, size_t& at) {
  json list = json::array();
  for (int64_t i = 0; i < shape[depth]; ++i) {
    if (depth + 1 == shape.size()) {
      list.push_back(flat[at++]);
    } else {
      list.push_back(Nest(flat, shape, depth + 1, at));
    }
  }
  return list;
}

absl::StatusOr<json> List(const Output& output) {
  HUIDU_ASSIGN_OR_RETURN(const json flat, Flat(output));
  if (output.shape.empty()) return flat;
  HUIDU_ASSIGN_OR_RETURN(const int64_t count, tensor::ElementCount(output.shape));
  if (static_cast<size_t>(count) != flat.size())
    return absl::InternalError("the answer is not as large as its shape says");
  size_t at = 0;
  return Nest(flat, output.shape, 0, at);
}

json Rows(const std::vector<json>& outputs) {
  json rows = json::array();
  for (size_t i = 0; i < outputs[0].size(); ++i) {
    json row = json::array();
    for (const json& output : outputs) row.push_back(output[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

// The kinds of Paddle Serving's pipeline (its error_catch.py).
int ErrorNumber(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange: return 5000;        // input
    case absl::StatusCode::kDeadlineExceeded: return 6000;  // timeout
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted: return 3002;  // no service
    default: return 9000;                                    // inference
  }
}

std::string PipelineJson(int number, std::string_view message, const json& keys, const json& values) {
  nlohmann::ordered_json answer;
  answer["err_no"] = number;
  answer["err_msg"] = message;
  answer["key"] = keys;
  answer["value"] = values;
  answer["tensors"] = json::array();
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

bool IsRawBody(std::string_view content_type) {
  const std::string_view type = MediaType(content_type);
  return Matches("image/*", type) || Matches("text/plain", type);
}

absl::Status CheckKServeBody(std::string_view content_type) {
  const std::string_view type = MediaType(content_type);
  // The last one is what curl calls whatever it is given.
  for (const char* taken :
       {"application/json", "text/json", "application/octet-stream", "application/x-www-form-urlencoded"}) {
    if (type.empty() || Matches(taken, type)) return absl::OkStatus();
  }
  return http::Error(415, StrCat("a body of ", type,
                                 " is not taken: send KServe JSON as application/json, tensors as bytes behind it as "
                                 "application/octet-stream, or a picture or a text as what it is"));
}

absl::StatusOr<std::vector<WholeInput>> RawInput(const engine::Signature& signature, std::string_view content_type,
                                                 std::string_view body) {
  const std::string_view type = MediaType(content_type);
  if (signature.inputs.size() != 1 || signature.inputs[0].type != DataType::kBytes) {
    return http::Error(415, StrCat("a body of ", type,
                                   " is for a model with one BYTES input; this one takes tensors: "
                                   "send them as KServe JSON, Content-Type: application/json"));
  }
  const Spec& spec = signature.inputs[0];
  if (!Matches(spec.media_type, type)) {
    return http::Error(415, StrCat("input '", spec.name, "' takes ", spec.media_type, ", not ", type));
  }
  return std::vector<WholeInput>{OneElement(spec, body)};
}

absl::StatusOr<PipelineRequest> ParsePipelineRequest(std::string& text) {
  AddPadding(text);
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (const auto error = ThreadParser().iterate(Padded(text, text)).get(document)) {
    return Unexpected("request", "a JSON object", error);
  }
  if (const auto error = document.get(object)) return Unexpected("request", "a JSON object", error);
  PipelineRequest request;
  for (auto field : object) {
    std::string_view name;
    simdjson::ondemand::value value;
    if (const auto error = field.unescaped_key().get(name)) return Unexpected("request", "a member's name", error);
    const bool keys = name == "key";
    if (const auto error = field.value().get(value)) return Unexpected("request", "a member", error);
    if (!keys && name != "value") continue;
    HUIDU_RETURN_IF_ERROR(ReadStrings(value, keys ? "key" : "value", keys ? request.keys : request.values));
  }
  if (!document.current_location().error()) return Wrong("request", "something follows the JSON object");
  if (request.keys.size() == request.values.size() && !request.keys.empty()) return request;
  return absl::InvalidArgumentError(
      StrCat("expected {\"key\": [\"image\"], \"value\": [\"…\"]} with a value for each key; got ", request.keys.size(),
             " keys and ", request.values.size(), " values"));
}

absl::StatusOr<std::vector<WholeInput>> PipelineInputs(const engine::Signature& signature,
                                                       const PipelineRequest& request) {
  std::vector<WholeInput> inputs;
  for (size_t i = 0; i < request.keys.size(); ++i) {
    const std::string& key = request.keys[i];
    const Spec* spec = FindInput(signature, key, request.keys.size());
    if (spec == nullptr)
      return absl::InvalidArgumentError(StrCat("key '", key.substr(0, 64), "' is no input of the model"));
    HUIDU_ASSIGN_OR_RETURN(WholeInput input, PipelineInput(*spec, key, request.values[i]));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

absl::StatusOr<std::string> FormatPipelineResponse(const Result& result) {
  const std::vector<Spec>& specs = result.servable->signature().outputs;
  json keys = json::array(), values = json::array();
  std::vector<json> lists;
  bool rows = true;
  for (const Output& output : result.answer.outputs) {
    if (output.index >= specs.size())
      return absl::InternalError("the version answered with an output that it does not have");
    HUIDU_ASSIGN_OR_RETURN(lists.emplace_back(), List(output));
    rows = rows && lists.back().size() == lists[0].size();
    keys.push_back(specs[output.index].name);
    values.push_back(lists.back().dump(-1, ' ', false, json::error_handler_t::replace));
  }
  if (rows && !lists.empty()) {
    keys.insert(keys.begin(), "res");
    values.insert(values.begin(), Rows(lists).dump(-1, ' ', false, json::error_handler_t::replace));
  }
  return PipelineJson(0, "", keys, values);
}

http::Response PipelineError(const absl::Status& status) {
  return http::JsonResponse(PipelineJson(ErrorNumber(status), Text(status), json::array(), json::array()));
}

}  // namespace huidu::front::rest
