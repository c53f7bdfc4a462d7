#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu::task::ocr {

struct Reading {
  std::string text;
  float score = 0;  // the mean probability of its characters; 0 without any
};

// What the columns of the recognition network's answer mean: 0 nothing, then the file's lines, last a space.
class Dictionary {
 public:
  // One character a line, UTF-8. Errors: those of reading the file, InvalidArgument if it holds no character.
  static absl::StatusOr<Dictionary> Load(const std::string& path);
  explicit Dictionary(std::vector<std::string> characters) : characters_(std::move(characters)) {}

  size_t columns() const { return characters_.size() + 2; }

  // Greedy decoding of CTC (Graves et al., Connectionist Temporal Classification, 2006): the likeliest column of each
  // step, without repetitions and without nothing. `steps` has columns() probabilities a step.
  Reading Decode(std::span<const float> steps) const;

 private:
  const std::string& Character(size_t column) const;
  std::vector<std::string> characters_;
};

}  // namespace huidu::task::ocr
