#pragma once

#include <cstring>
#include <vector>

#include "engine/engine.h"

namespace huidu::task::text {

// Takes a network's first output; the others are not wanted. Runs on: the instance's thread.
class OneOutput : public engine::OutputSink {
 public:
  bool Wanted(size_t index) const override { return index == 0; }
  absl::StatusOr<std::span<std::byte>> Allocate(size_t, tensor::DataType type, std::span<const int64_t> shape,
                                                size_t bytes) override {
    type_ = type;
    shape_.assign(shape.begin(), shape.end());
    data_.resize(bytes);
    return std::span(data_);
  }

  tensor::DataType type() const { return type_; }
  const tensor::Shape& shape() const { return shape_; }
  // The values, if they are of the type that T is.
  template <typename T>
  std::vector<T> Values() const {
    std::vector<T> values(data_.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), data_.data(), values.size() * sizeof(T));
    return values;
  }

 private:
  tensor::DataType type_ = tensor::DataType::kFp32;
  tensor::Shape shape_;
  std::vector<std::byte> data_;
};

}  // namespace huidu::task::text
