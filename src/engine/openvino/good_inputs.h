#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace huidu::engine::openvino {

// A copy of inputs that a model has answered: the first ones, which in a server are those of the warm-up. Instances run
// them to bring their graph back to a known state after an operator has failed.
//
// Runs on: any thread.
class GoodInputs {
 public:
  // Larger inputs are not copied: a version's memory is not ours to double.
  static constexpr size_t kMaxBytes = size_t{64} << 20;

  // Nullptr until a request was answered. The views stay valid as long as the pointer is held.
  std::shared_ptr<const std::vector<tensor::View>> Get() const;
  // Keeps the first inputs that it is told of, forgets all others.
  void Offer(std::span<const tensor::View> inputs);

 private:
  struct Copy {
    std::vector<std::vector<std::byte>> bytes;
    std::vector<tensor::View> views;
  };

  mutable std::mutex mutex_;
  std::shared_ptr<const Copy> copy_;
};

}  // namespace huidu::engine::openvino
