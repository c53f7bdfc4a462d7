#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"
#include "bench/input.h"
#include "bench/recorder.h"
#include "engine/engine.h"

namespace huidu::bench {

// The engine alone, in this process: what a perfect server would reach. `callers` requests are in flight; each waits
// for one of the model's instances in the order of arrival, runs, and comes again. Outputs are copied once, into the
// caller's memory, as the worker copies them once into the shared arena.
//
// Runs on: the calling thread, and one thread for each instance meanwhile.
// Errors:  what loading says; failed inferences are the recorder's.
struct EngineLoadOptions {
  std::string engine;
  engine::LoadOptions load;
  int callers = 1;
};
absl::Status RunEngineLoad(const EngineLoadOptions& options, std::span<const Input> inputs, Recorder& recorder);

}  // namespace huidu::bench
