#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "task/text/one_output.h"
#include "task/text_classification/encoder.h"

namespace huidu::task::text_classification {

// What a network takes and gives: numbers [batch, length], then, if it has a second input, how many of them are
// characters [batch] or a mask [batch, length]; a score for each label [batch, labels].
struct Form {
  enum class Second { kNone, kLengths, kMask };
  tensor::DataType numbers = tensor::DataType::kInt64;  // or INT32
  Second second = Second::kNone;
  tensor::DataType second_type = tensor::DataType::kInt64;  // or INT32, FP32
};

// Error: FailedPrecondition saying what the network has and what is needed.
absl::StatusOr<Form> FormOf(const engine::Signature& signature, size_t length, size_t labels);

// Error: FailedPrecondition naming the vocabulary, if the version's folder holds Paddle's parameters in one file and no
// table in it has a row for each token. Other formats are not checked here.
absl::Status CheckTables(const std::string& directory, const std::string& vocabulary_path, int64_t tokens);

// The network for a few rows at a time. Runs on: the instance's thread.
class Network {
 public:
  Network(std::unique_ptr<engine::Instance> instance, const Form& form, size_t labels)
      : instance_(std::move(instance)), form_(form), labels_(labels) {}

  // The scores of `rows`, [rows, labels]. Errors: the engine's; Internal if the answer has another form.
  absl::StatusOr<std::vector<float>> Run(std::span<const Row> rows);

 private:
  const std::unique_ptr<engine::Instance> instance_;
  const Form form_;
  const size_t labels_;
  text::OneOutput output_;
};

}  // namespace huidu::task::text_classification
