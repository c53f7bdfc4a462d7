#include <cstdlib>
#include <string>
#include <utility>

#include "base/module.h"
#include "base/status.h"
#include "base/strings.h"
#include "engine/engine.h"

namespace huidu::engine {
namespace {

// Read by the engines' libraries while they are being loaded, so set before; a value of the user's own stays.
// By default OpenMP threads spin for 200 ms after a parallel loop, which takes the cores away from every other version
// of a model on the machine. Sleeping at once is no better: a sleeper is woken too late for the next loop, and an
// inference with two threads is as slow as with one (measured: bench/run.py --only pages). One millisecond bridges the
// gaps inside of an inference. The last one keeps start-up notes off the worker's log.
constexpr std::pair<const char*, const char*> kEnvironment[] = {
    {"OMP_WAIT_POLICY", "PASSIVE"},
    {"KMP_BLOCKTIME", "1"},
    {"GLOG_minloglevel", "2"},
};

std::string WhatToInstall(const std::string& name) {
  if (name == "openvino") return "; its libraries are in the Python package openvino (pinned in tools/setup)";
  if (name == "paddle") {
    return "; its libraries are in the Python package paddlepaddle (pinned in tools/setup) and in Debian's "
           "libpython3.11";
  }
  return "";
}

}  // namespace

absl::StatusOr<Engine*> OpenEngine(const std::string& name) {
  for (const auto& [variable, value] : kEnvironment) setenv(variable, value, /*overwrite=*/0);
  const absl::StatusOr<void*> function = OpenModule("engine", name, kEntryPoint);
  if (absl::IsInvalidArgument(function.status())) return function.status();
  if (!function.ok()) {
    return absl::FailedPreconditionError(StrCat(Text(function.status()), WhatToInstall(name)));
  }
  Engine* engine = reinterpret_cast<EntryPoint>(*function)();
  if (engine == nullptr) return absl::InternalError(StrCat("engine '", name, "' did not start"));
  return engine;
}

}  // namespace huidu::engine
