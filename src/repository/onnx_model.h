#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "repository/file_reader.h"

namespace huidu::repository {

// Checks that an *.onnx file is a model with a graph and that each of its weights has as many bytes
// as its shape needs, in the file or in another one of `directory`. Weights are passed over, not
// read. Runs on: any thread. Returns the names of the other files, sorted. Errors: InvalidArgument
// ("… is not an ONNX model: …", or which weight is wrong), FailedPrecondition (a file of weights is
// missing).
absl::StatusOr<std::vector<std::string>> CheckOnnxModel(FileReader& file, const std::string& directory);

}  // namespace huidu::repository
