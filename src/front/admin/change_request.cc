#include "front/admin/change_request.h"

#include <nlohmann/json.hpp>

#include "base/status.h"

namespace huidu::front {
namespace {

using Json = nlohmann::json;

bool Lists(std::string_view words, std::string_view wanted) {
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == wanted) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

absl::Status ReadString(const std::string& name, const Json& value, std::string& out) {
  if (!value.is_string()) {
    return absl::InvalidArgumentError(StrCat("field \"", name, "\": expected a string, got ", value.type_name()));
  }
  out = value.get<std::string>();
  return absl::OkStatus();
}

absl::Status ReadBool(const std::string& name, const Json& value, bool& out) {
  if (!value.is_boolean()) {
    return absl::InvalidArgumentError(StrCat("field \"", name, "\": expected true or false, got ", value.type_name()));
  }
  out = value.get<bool>();
  return absl::OkStatus();
}

absl::Status ReadField(const std::string& name, const Json& value, ChangeRequest& out) {
  if (name == "version") return ReadString(name, value, out.version);
  if (name == "path") return ReadString(name, value, out.path);
  if (name == "stage") return ReadString(name, value, out.stage.emplace());
  if (name == "reason") return ReadString(name, value, out.reason);
  return ReadBool(name, value, out.dry_run);
}

}  // namespace

absl::StatusOr<ChangeRequest> ParseChangeRequest(std::string_view body, std::string_view allowed) {
  ChangeRequest request;
  if (body.empty()) return request;
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InvalidArgumentError("the body is no JSON object");
  for (const auto& [name, value] : json.items()) {
    if (!Lists(allowed, name)) {
      return absl::InvalidArgumentError(StrCat("unknown field \"", name, "\"; this call has: ", allowed));
    }
    HUIDU_RETURN_IF_ERROR(ReadField(name, value, request));
  }
  return request;
}

}  // namespace huidu::front
