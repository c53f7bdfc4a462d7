#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine/engine.h"

// A wrapper around any real model that does what a version's faults.json asks for: see faults.h.
namespace huidu::engine::faulty {

// The one switch, an environment variable of `huidu serve` that its workers inherit. "1" enables; without it a
// faults.json is ignored, with a warning in the log, and models run without the wrapper.
inline constexpr char kEnableVariable[] = "HUIDU_ENABLE_FAULTS";

bool Enabled();

// The model, suffering the faults of faults.json in `directory` from now on, also if the file comes later. Without the
// switch the model as it is.
// Runs on: the worker's main thread. Error: InvalidArgument if faults.json is wrong.
absl::StatusOr<std::unique_ptr<Model>> WithFaults(std::unique_ptr<Model> real, const std::string& directory);

}  // namespace huidu::engine::faulty
