#pragma once

#include <cstring>
#include <map>
#include <vector>

#include "engine/engine.h"

namespace huidu::engine::testing {

// Keeps the answers of a run on the heap, so that a test can look at them.
class CollectingSink : public OutputSink {
 public:
  struct Output {
    tensor::DataType type;
    tensor::Shape shape;
    std::vector<std::byte> data;
  };

  bool Wanted(size_t index) const override { return only_ < 0 || static_cast<size_t>(only_) == index; }
  absl::StatusOr<std::span<std::byte>> Allocate(size_t index, tensor::DataType type, std::span<const int64_t> shape,
                                                size_t bytes) override {
    Output& output = outputs_[index];
    output = {type, tensor::Shape(shape.begin(), shape.end()), std::vector<std::byte>(bytes)};
    return std::span(output.data);
  }

  // From now on only output `index` is wanted.
  void WantOnly(int index) { only_ = index; }
  const Output& at(size_t index) const { return outputs_.at(index); }
  size_t size() const { return outputs_.size(); }

  template <typename T>
  std::vector<T> Values(size_t index) const {
    const Output& output = outputs_.at(index);
    std::vector<T> values(output.data.size() / sizeof(T));
    std::memcpy(values.data(), output.data.data(), values.size() * sizeof(T));
    return values;
  }

 private:
  std::map<size_t, Output> outputs_;
  int only_ = -1;
};

// A view of a vector that outlives it.
template <typename T>
tensor::View ViewOf(tensor::DataType type, tensor::Shape shape, const std::vector<T>& values) {
  return {.type = type, .shape = std::move(shape), .data = std::as_bytes(std::span(values))};
}

}  // namespace huidu::engine::testing
