#include "samples/data_set.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "base/status.h"
#include "base/strings.h"
#include "samples/sample_json.h"

namespace huidu::samples {
namespace {

using Json = nlohmann::ordered_json;

std::string Compact(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

absl::Status CannotBeSent(std::string_view why) { return absl::FailedPreconditionError(ToAbsl(why)); }

std::string Extension(std::string_view bytes) {
  const std::string_view type = MediaTypeOf(bytes);
  for (const auto& [name, extension] :
       {std::pair("image/jpeg", ".jpg"), std::pair("image/png", ".png"), std::pair("image/bmp", ".bmp"),
        std::pair("image/gif", ".gif"), std::pair("image/tiff", ".tif"), std::pair("image/webp", ".webp")}) {
    if (type == name) return extension;
  }
  return ".bin";
}

const Json& List(const Json& object, const char* name) {
  static const Json kEmpty = Json::array();
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_array() ? *found : kEmpty;
}

std::string Text(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The one element of the one input, if it is a text or bytes. Then it is the request.
std::optional<std::string> WholeRequest(const Json& inputs, const char* form) {
  if (inputs.size() != 1 || Text(inputs[0], "datatype") != "BYTES") return std::nullopt;
  const Json& elements = List(inputs[0], form);
  if (elements.size() != 1 || !elements[0].is_string()) return std::nullopt;
  return elements[0].get<std::string>();
}

absl::StatusOr<Json> MakeRequest(const Json& inputs) {
  Json request = {{"inputs", Json::array()}};
  for (const Json& input : inputs) {
    if (input.contains("removed")) return CannotBeSent("an input was masked");
    if (!input.contains("data")) return CannotBeSent("an input has no form in JSON");
    request["inputs"].push_back(input);
  }
  if (inputs.empty()) return CannotBeSent("no input was kept");
  return request;
}

absl::Status SetRequest(const Json& inputs, DataSetItem& item) {
  if (const auto text = WholeRequest(inputs, "data")) {
    item.line["text"] = *text;
  } else if (const auto base64 = WholeRequest(inputs, "b64")) {
    if (!absl::Base64Unescape(*base64, &item.contents)) return CannotBeSent("an input is no base64");
    item.extension = Extension(item.contents);
    item.line["file"] = "";
  } else {
    HUIDU_ASSIGN_OR_RETURN(const Json request, MakeRequest(inputs));
    item.contents = Compact(request) + "\n";
    item.extension = ".json";
    item.line["request"] = "";
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string> AnswerText(const Json& sample) {
  const bool by_other = !Text(sample, "answered_by").empty();
  const Json& outputs = List(sample, by_other ? "answer" : "outputs");
  if (outputs.empty()) return std::nullopt;
  Json numbers = Json::array();
  for (const Json& output : outputs) {
    if (Text(output, "datatype") == "BYTES" && output.contains("data")) {
      std::string text;
      bool first = true;
      for (const Json& element : List(output, "data")) {
        if (!std::exchange(first, false)) text += '\n';
        text += element.is_string() ? element.get<std::string>() : "";
      }
      return text;
    }
    if (output.contains("data")) numbers.push_back(output);
  }
  if (numbers.empty()) return std::nullopt;
  return Compact(numbers);
}

absl::StatusOr<DataSetItem> MakeItem(const Json& sample, const std::string& category) {
  DataSetItem item;
  item.line = Json::object();
  HUIDU_RETURN_IF_ERROR(SetRequest(List(sample, "inputs"), item));
  const Json& reasons = List(sample, "reasons");
  const std::string first = !reasons.empty() && reasons[0].is_string() ? reasons[0].get<std::string>() : "";
  item.line["category"] = category.empty() ? first : category;
  item.line["version"] = Text(sample, "version");
  if (const std::optional<std::string> answer = AnswerText(sample)) item.line["answer"] = *answer;
  for (const char* name : {"error", "answered_by"}) {
    if (const std::string text = Text(sample, name); !text.empty()) item.line[name] = text;
  }
  if (sample.contains("expected")) item.line["expected"] = Text(sample, "expected");
  item.line["weight"] = 1;
  item.line["id"] = Text(sample, "id");
  return item;
}

ManifestLine MakeLine(Json line, const std::string& extension, size_t number) {
  std::string file;
  if (!extension.empty()) {
    file = absl::StrFormat("%04d", number) + extension;
    line[line.contains("file") ? "file" : "request"] = file;
  }
  return {Compact(line) + "\n", file};
}

}  // namespace huidu::samples
