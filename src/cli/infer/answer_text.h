#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/infer/ctc.h"
#include "cli/infer/kserve.h"

namespace huidu::cli {

// One output for people: "softmax_2 FP32 [1,40,6625]: 0.0001, 0.02, …".
std::string OutputText(const NamedTensor& output);

// The text that a recognition model's [1,T,C] output says. Error: InvalidArgument if `output` has not that form.
absl::StatusOr<RecognizedText> ReadText(const NamedTensor& output, const Labels& labels);

// What --output writes: the first output as .npy, all of them as .json.
// Error: InvalidArgument for another name, or an answer that the format cannot hold.
absl::StatusOr<std::string> OutputFile(const InferAnswer& answer, const std::string& path);

}  // namespace huidu::cli
