#include <nlohmann/json.hpp>

#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "repository/inspect.h"

namespace huidu::repository {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostBytes = 16 << 20;

struct FormatName {
  engine::Format format;
  const char* name;
};

constexpr FormatName kFormats[] = {
    {engine::Format::kPaddle, "paddle"},
    {engine::Format::kPaddleCombined, "paddle_combined"},
    {engine::Format::kPaddleSeparate, "paddle_separate"},
    {engine::Format::kPaddlePir, "paddle_pir"},
    {engine::Format::kOnnx, "onnx"},
    {engine::Format::kOpenVinoIr, "openvino_ir"},
    {engine::Format::kFake, "fake"},
};

// Takes members out of an object and remembers the first that is missing or of another kind.
class Members {
 public:
  explicit Members(const Json& json) : json_(json) {}

  std::string Text(const char* key) {
    const Json* member = Find(key);
    return member != nullptr && Expect(member->is_string(), key) ? member->get<std::string>() : "";
  }
  uint64_t Number(const char* key) {
    const Json* member = Find(key);
    return member != nullptr && Expect(member->is_number_unsigned(), key) ? member->get<uint64_t>() : 0;
  }
  std::vector<std::string> Texts(const char* key) {
    std::vector<std::string> texts;
    const Json* member = Find(key);
    if (member == nullptr || !Expect(member->is_array(), key)) return texts;
    for (const Json& text : *member) {
      if (Expect(text.is_string(), key)) texts.push_back(text.get<std::string>());
    }
    return texts;
  }
  const std::string& wrong() const { return wrong_; }
  bool Expect(bool right, const char* key) {
    if (!right && wrong_.empty()) wrong_ = key;
    return right;
  }

 private:
  const Json* Find(const char* key) {
    const auto member = json_.find(key);
    return Expect(member != json_.end(), key) ? &*member : nullptr;
  }

  const Json& json_;
  std::string wrong_;
};

nlohmann::ordered_json ModelToJson(const ModelInspection& model) {
  nlohmann::ordered_json json;
  for (const FormatName& format : kFormats) {
    if (format.format == model.format) json["format"] = format.name;
  }
  json["program_version"] = static_cast<uint64_t>(model.program_version);
  json["engines"] = model.engines;
  json["lod_inputs"] = model.lod_inputs;
  json["parameter_files"] = model.parameter_files;
  return json;
}

void ReadModel(Members& members, ModelInspection& model) {
  const std::string format = members.Text("format");
  bool known = false;
  for (const FormatName& candidate : kFormats) {
    if (format != candidate.name) continue;
    model.format = candidate.format;
    known = true;
  }
  members.Expect(known, "format");
  model.program_version = static_cast<int64_t>(members.Number("program_version"));
  model.engines = members.Texts("engines");
  model.lod_inputs = members.Texts("lod_inputs");
  model.parameter_files = members.Texts("parameter_files");
}

}  // namespace

std::string ToJson(const Inspection& inspection) {
  nlohmann::ordered_json json = ModelToJson(inspection);
  for (const auto& [part, model] : inspection.parts) json["parts"][part] = ModelToJson(model);
  json["content_hash"] = inspection.content_hash;
  json["bytes"] = inspection.bytes;
  json["warnings"] = inspection.warnings;
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

absl::StatusOr<Inspection> InspectionFromJson(std::string_view text) {
  if (text.size() > kMostBytes) return absl::InvalidArgumentError("an inspection's JSON is too long");
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InvalidArgumentError("an inspection's JSON is no object");
  Members members(json);
  Inspection inspection;
  ReadModel(members, inspection);
  if (json.contains("parts") && members.Expect(json["parts"].is_object(), "parts")) {
    for (const auto& [part, model] : json["parts"].items()) {
      if (!members.Expect(model.is_object(), "parts")) break;
      Members of_part(model);
      ReadModel(of_part, inspection.parts[part]);
      members.Expect(of_part.wrong().empty(), "parts");
    }
  }
  inspection.content_hash = members.Text("content_hash");
  inspection.bytes = members.Number("bytes");
  inspection.warnings = members.Texts("warnings");
  if (!members.wrong().empty()) {
    return absl::InvalidArgumentError(StrCat("an inspection's JSON: '", members.wrong(), "' is missing or wrong"));
  }
  return inspection;
}

}  // namespace huidu::repository
