#include "rollout/json_object.h"

#include <cmath>

#include "base/status.h"
#include "rollout/span_text.h"

namespace huidu::rollout {
namespace {

using nlohmann::json;

constexpr size_t kMaxTextBytes = 4096;

}  // namespace

JsonObject::JsonObject(const json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object.is_object()) {
    status_ = absl::InvalidArgumentError(StrCat(path_.empty() ? "the document" : path_, ": expected an object"));
  }
}

std::string JsonObject::At(std::string_view name) const {
  return path_.empty() ? std::string(name) : StrCat(path_, ".", name);
}

void JsonObject::Fail(const char* name, std::string_view expected) {
  if (status_.ok()) status_ = absl::InvalidArgumentError(StrCat(At(name), ": expected ", expected));
}

const json* JsonObject::Find(const char* name) {
  known_.insert(name);
  if (!object_.is_object()) return nullptr;
  const auto field = object_.find(name);
  return field == object_.end() || field->is_null() ? nullptr : &*field;
}

void JsonObject::Read(const char* name, std::string& out) {
  const json* field = Find(name);
  if (field == nullptr) return;
  if (!field->is_string() || field->get_ref<const std::string&>().size() > kMaxTextBytes) return Fail(name, "a text");
  out = field->get<std::string>();
}

void JsonObject::Read(const char* name, bool& out) {
  const json* field = Find(name);
  if (field == nullptr) return;
  if (!field->is_boolean()) return Fail(name, "true or false");
  out = field->get<bool>();
}

void JsonObject::Read(const char* name, double& out) {
  const json* field = Find(name);
  if (field == nullptr) return;
  if (!field->is_number()) return Fail(name, "a number");
  out = field->get<double>();
}

void JsonObject::Read(const char* name, uint64_t& out, uint64_t most) {
  const json* field = Find(name);
  if (field == nullptr) return;
  if (!field->is_number_integer() || *field < 0 || field->get<uint64_t>() > most) {
    return Fail(name, StrCat("a whole number from 0 to ", most));
  }
  out = field->get<uint64_t>();
}

void JsonObject::Read(const char* name, uint32_t& out) {
  uint64_t wide = out;
  Read(name, wide, std::numeric_limits<uint32_t>::max());
  out = static_cast<uint32_t>(wide);
}

void JsonObject::Read(const char* name, health::Span& out) {
  std::string text;
  if (Find(name) == nullptr) return;
  if (!Find(name)->is_string()) return Fail(name, "a duration like \"1h30m\"");
  Read(name, text);
  const auto span = ParseSpan(text);
  if (!span.ok()) return Fail(name, StrCat("a duration: ", Text(span.status())));
  out = *span;
}

void JsonObject::Read(const char* name, std::vector<std::string>& out) {
  const json* field = Find(name);
  if (field == nullptr) return;
  if (!field->is_array()) return Fail(name, "a list of texts");
  out.clear();
  for (const json& element : *field) {
    if (!element.is_string() || element.get_ref<const std::string&>().size() > kMaxTextBytes) {
      return Fail(name, "a list of texts");
    }
    out.push_back(element.get<std::string>());
  }
}

std::vector<JsonObject> JsonObject::Objects(const char* name, size_t most) {
  const json* field = Find(name);
  if (field == nullptr) return {};
  if (!field->is_array() || field->size() > most) {
    Fail(name, StrCat("a list of at most ", most, " objects"));
    return {};
  }
  std::vector<JsonObject> objects;
  for (size_t i = 0; i < field->size(); ++i) objects.emplace_back((*field)[i], StrCat(At(name), "[", i, "]"));
  return objects;
}

void JsonObject::ReadChoice(const char* name, std::span<const std::string_view> names, size_t& out) {
  std::string text;
  if (Find(name) == nullptr) return;
  Read(name, text);
  std::string expected;
  size_t index = 0;
  for (const std::string_view choice : names) {
    if (choice == text) {
      out = index;
      return;
    }
    StrAppend(&expected, index++ == 0 ? "" : ", ", choice);
  }
  Fail(name, StrCat("one of ", expected));
}

absl::Status JsonObject::Finish() const {
  if (!status_.ok()) return status_;
  for (const auto& [name, value] : object_.items()) {
    if (known_.contains(name)) continue;
    std::string expected;
    for (const std::string& known : known_) StrAppend(&expected, expected.empty() ? "" : ", ", known);
    return absl::InvalidArgumentError(StrCat(At(name), ": unknown field; expected one of ", expected));
  }
  return absl::OkStatus();
}

}  // namespace huidu::rollout
