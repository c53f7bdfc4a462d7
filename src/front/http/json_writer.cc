#include "front/http/json_writer.h"

#include <charconv>
#include <cmath>

#include "http/message.h"

namespace huidu::front::rest {

void JsonWriter::Comma() {
  if (!first_) text_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::Open(char bracket) {
  Comma();
  text_ += bracket;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::Close(char bracket) {
  text_ += bracket;
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view name) {
  Comma();
  http::AppendJsonString(text_, name);
  text_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  Comma();
  http::AppendJsonString(text_, text);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) {
  Comma();
  text_ += value ? "true" : "false";
  return *this;
}

template <typename T>
JsonWriter& JsonWriter::Number(T value) {
  Comma();
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  text_.append(digits, end);
  return *this;
}

JsonWriter& JsonWriter::Int(int64_t value) { return Number(value); }
JsonWriter& JsonWriter::Uint(uint64_t value) { return Number(value); }

JsonWriter& JsonWriter::Float(float value) {
  if (!std::isfinite(value)) return Double(value);
  return Number(value);
}

JsonWriter& JsonWriter::Double(double value) {
  if (std::isfinite(value)) return Number(value);
  Comma();
  text_ += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  return *this;
}

JsonWriter& JsonWriter::Shape(std::span<const int64_t> shape) {
  BeginArray();
  for (const int64_t dimension : shape) Int(dimension);
  return EndArray();
}

}  // namespace huidu::front::rest
