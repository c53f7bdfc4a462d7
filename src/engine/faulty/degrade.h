#pragma once

#include <vector>

#include "engine/engine.h"
#include "engine/faulty/faults.h"
#include "tensor/tensor.h"

namespace huidu::engine::faulty {

// Passes outputs on to the real sink and remembers where they stand, so that they can be spoiled after the run.
// Runs on: the thread of the run. Lives: for one run; borrows the real sink.
class SpoilingSink : public OutputSink {
 public:
  explicit SpoilingSink(OutputSink& real) : real_(real) {}

  bool Wanted(size_t index) const override { return real_.Wanted(index); }
  absl::StatusOr<std::span<std::byte>> Allocate(size_t index, tensor::DataType type, std::span<const int64_t> shape,
                                                size_t bytes) override;

  // Zero sets every element to 0; rotate moves the elements of each row (the last dimension) one place on, so that the
  // best class is another one; multiply is for FP32 and FP64. Of BYTES, zero makes every visible ASCII character a '?',
  // rotate every digit the next one. Types that cannot be changed so stay as they are.
  void Spoil(Degrade how, double factor);

 private:
  struct Output {
    tensor::DataType type;
    size_t row;  // elements of the last dimension
    std::span<std::byte> data;
  };
  OutputSink& real_;
  std::vector<Output> outputs_;
};

}  // namespace huidu::engine::faulty
