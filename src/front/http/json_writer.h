#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace huidu::front::rest {

// Writes JSON text from front to back and puts the commas. The caller sees to it that what begins also ends.
// Lives: for one answer.
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view name);

  JsonWriter& String(std::string_view text);
  JsonWriter& Bool(bool value);
  JsonWriter& Int(int64_t value);
  JsonWriter& Uint(uint64_t value);
  // The shortest digits that read back as the same number. What JSON has no number for becomes NaN, Infinity and
  // -Infinity, as Triton writes it and Python reads it.
  JsonWriter& Float(float value);
  JsonWriter& Double(double value);

  JsonWriter& Member(std::string_view name, std::string_view text) { return Key(name).String(text); }
  JsonWriter& Shape(std::span<const int64_t> shape);

  void Reserve(size_t bytes) { text_.reserve(text_.size() + bytes); }
  std::string Take() { return std::move(text_); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Comma();
  template <typename T>
  JsonWriter& Number(T value);

  std::string text_;
  bool first_ = true;  // the next value needs no comma before it
};

}  // namespace huidu::front::rest
