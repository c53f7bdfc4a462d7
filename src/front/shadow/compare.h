#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "front/channel/inference.h"
#include "tensor/tensor.h"

namespace huidu::front {

// What it takes for two answers to the same request to agree. kTop1 and kText are made for certain tensors; every other
// tensor is judged as by kTolerance.
enum class CompareKind : uint8_t {
  kExact,      // the same bytes
  kTolerance,  // |candidate - stable| <= absolute + relative * |stable|; a NaN equals a NaN; integers and BYTES exactly
  kTop1,       // the same greatest element in so many of the rows (the last dimension, if it is longer than 1)
  kText,       // BYTES as UTF-8: edits in all elements together, as a share of the longer texts' length
};

struct CompareOptions {
  CompareKind kind = CompareKind::kTolerance;
  double absolute = 1e-3;
  double relative = 1e-3;
  double min_top1_share = 1.0;   // of the rows of each tensor
  double max_edit_share = 0.05;  // 0: the same text
};

// An answer with what its version's signature says of the outputs.
struct AnswerView {
  std::span<const tensor::Spec> specs;
  std::span<const Output> outputs;
};

// The first thing in which the answers do not agree, for people: "output 'y': …"; empty if they agree. Other names,
// shapes or types never agree; the order of the outputs does not matter. The bytes may change while they are read: then
// the verdict is of no use, but nothing else happens.
std::optional<std::string> FindDifference(const AnswerView& stable, const AnswerView& candidate,
                                          const CompareOptions& options);

}  // namespace huidu::front
