#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "front/channel/inference.h"
#include "tensor/tensor.h"

namespace huidu::front {

// What an answer said, in short, so that it can be held against what was expected when its tensors are gone.
struct KeptOutput {
  std::string name;
  bool is_text = false;
  bool left_out = false;           // larger than what is kept of an answer
  std::vector<std::string> texts;  // of a BYTES tensor: its elements
  std::vector<double> values;      // of numbers: all of them, if they are few
  std::vector<uint32_t> greatest;  // of numbers in rows longer than 1: the place of the greatest in each row
  bool has_rows() const { return !greatest.empty(); }
};

struct KeptAnswer {
  std::vector<KeptOutput> outputs;
  size_t bytes = 0;  // that it takes, about
};

struct KeepLimits {
  size_t max_bytes = 4096;            // of one answer
  size_t max_values = 64;             // of one tensor, as numbers; of a larger one only the greatest in each row
  size_t max_tensor_bytes = 1 << 20;  // a larger tensor is not looked at: that would take a millisecond
};

// Runs on: any thread; reads each byte of the tensors once. A tensor whose bytes do not fit its shape is left out.
std::shared_ptr<const KeptAnswer> KeepAnswer(std::span<const tensor::Spec> specs, std::span<const Output> outputs,
                                             const KeepLimits& limits);

}  // namespace huidu::front
