#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tensor/tensor.h"

namespace huidu::check {

// One output of an answer, copied out of the worker's memory.
struct Output {
  std::string name;
  tensor::DataType type = tensor::DataType::kFp32;
  tensor::Shape shape;
  std::vector<std::byte> data;
};

struct Answer {
  absl::Status status;  // of the request; outputs are there if it is OK
  std::vector<Output> outputs;
};

// How an answer is compared with what is expected, and with another version's.
enum class Comparison { kAuto, kExact, kEditDistance, kTolerance, kTop1 };
absl::StatusOr<Comparison> ParseComparison(std::string_view name);
std::string_view Name(Comparison comparison);

struct CompareOptions {
  Comparison comparison = Comparison::kAuto;  // kAuto: edit distance for BYTES, else tolerance and top 1
  std::string output;                         // that is judged; empty: the first BYTES output, else the first
  double absolute = 1e-4, relative = 1e-3;    // tolerance: |a - b| <= absolute + relative * |b|
};

// The answer as people read it: of BYTES the elements, one a line; of numbers the greatest's place in each row.
// Empty if the answer has no such output.
std::string TextOf(const Answer& answer, const CompareOptions& options);
// The same for a report, which also says why a request failed; at most `most` bytes.
std::string ShownText(const Answer& answer, const CompareOptions& options, size_t most);

// How right an answer is, from 0 to 1. Edit distance: the share of the expected characters that is right, white space
// aside, for how a page is cut into lines is not what it says; else 1 or 0.
// A failed request is 0.
double Score(const Answer& answer, const std::string& expected, const CompareOptions& options);

// Whether two versions answered the same: 1 if they did, less by their edit distance or the share of the numbers that
// differ more than the tolerance. Two failures of one kind are the same.
double Agreement(const Answer& a, const Answer& b, const CompareOptions& options);

}  // namespace huidu::check
