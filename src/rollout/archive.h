#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "base/strings.h"

// One list of fields for both directions: a struct is stored by `Visit(archive, value)`, which calls
// archive("name", value.field) for each field. JsonWriter makes the object, JsonReader fills the struct from it and
// keeps the first error. Numbers keep every bit.
namespace huidu::rollout {

class JsonWriter {
 public:
  template <typename T>
  void operator()(const char* name, T& value) {
    object_[name] = Encode(value);
  }
  nlohmann::json Take() { return std::move(object_); }

  template <typename T>
  static nlohmann::json Encode(T& value) {
    using Plain = std::remove_const_t<T>;
    if constexpr (std::is_arithmetic_v<Plain> || std::is_same_v<Plain, std::string>) {
      return value;
    } else if constexpr (std::is_enum_v<Plain>) {
      return static_cast<int>(value);
    } else {
      return EncodeOther(value);
    }
  }

 private:
  template <typename T>
  static nlohmann::json EncodeOther(std::vector<T>& values) {
    nlohmann::json list = nlohmann::json::array();
    for (T& value : values) list.push_back(Encode(value));
    return list;
  }
  template <typename T>
  static nlohmann::json EncodeOther(std::optional<T>& value) {
    return value ? Encode(*value) : nlohmann::json(nullptr);
  }
  template <typename T>
  static nlohmann::json EncodeOther(T& value) {
    JsonWriter writer;
    Visit(writer, value);
    return writer.Take();
  }

  nlohmann::json object_ = nlohmann::json::object();
};

class JsonReader {
 public:
  JsonReader(const nlohmann::json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) Fail("an object");
  }

  template <typename T>
  void operator()(const char* name, T& value) {
    if (!status_.ok()) return;
    const auto field = object_.find(name);
    const std::string path = StrCat(path_, ".", name);
    if (field == object_.end()) {
      status_ = absl::InvalidArgumentError(StrCat(path, ": missing"));
    } else {
      status_ = Decode(*field, path, value);
    }
  }
  void Fail(std::string_view expected) {
    if (status_.ok()) status_ = Wrong(path_, expected);
  }
  const absl::Status& status() const { return status_; }

  template <typename T>
  static absl::Status Decode(const nlohmann::json& json, const std::string& path, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) return Wrong(path, "true or false");
      value = json.get<bool>();
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!json.is_number()) return Wrong(path, "a number");
      value = json.get<T>();
    } else if constexpr (std::is_unsigned_v<T>) {
      if (!json.is_number_integer() || json < 0) return Wrong(path, "a whole number, not below 0");
      value = json.get<T>();
    } else if constexpr (std::is_integral_v<T>) {
      if (!json.is_number_integer()) return Wrong(path, "a whole number");
      value = json.get<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) return Wrong(path, "a text");
      value = json.get<std::string>();
    } else {
      return DecodeOther(json, path, value);
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status Wrong(std::string_view path, std::string_view expected) {
    return absl::InvalidArgumentError(StrCat(path, ": expected ", expected));
  }
  template <typename T>
  static absl::Status DecodeOther(const nlohmann::json& json, const std::string& path, std::vector<T>& values) {
    if (!json.is_array()) return Wrong(path, "a list");
    values.clear();
    for (size_t i = 0; i < json.size(); ++i) {
      if (auto status = Decode(json[i], StrCat(path, "[", i, "]"), values.emplace_back()); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  template <typename T>
  static absl::Status DecodeOther(const nlohmann::json& json, const std::string& path, std::optional<T>& value) {
    value.reset();
    return json.is_null() ? absl::OkStatus() : Decode(json, path, value.emplace());
  }
  template <typename T>
  static absl::Status DecodeOther(const nlohmann::json& json, const std::string& path, T& value) {
    JsonReader reader(json, path);
    if (reader.status_.ok()) Visit(reader, value);
    return reader.status_;
  }

  const nlohmann::json& object_;
  std::string path_;
  absl::Status status_;
};

}  // namespace huidu::rollout
