#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "engine/engine.h"

// A wrapper around any real engine that does what a version's faults.json asks for: see faults.h.
namespace huidu::engine::faulty {

// The one switch, an environment variable of `huidu serve` that its workers inherit. "1" enables; without it a
// faults.json is ignored, with a warning in the log, and models run without the wrapper.
inline constexpr char kEnableVariable[] = "HUIDU_ENABLE_FAULTS";

bool Enabled();

// As engine::OpenEngine(), with an engine around the real one whose models suffer the faults of their folder.
// Runs on: the worker's main thread. Lives: the result for the process.
// Errors:  those of the real engine; Load() also fails, with InvalidArgument, if faults.json is wrong.
absl::StatusOr<Engine*> OpenEngine(const std::string& name);

}  // namespace huidu::engine::faulty
