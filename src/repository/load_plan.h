#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "repository/inspect.h"
#include "repository/version_folder.h"

// From configuration and content to what the worker is told: which engine, with which options.
//
// Runs on: any thread; pure functions.
namespace huidu::repository {

// "openvino", "paddle" or "fake". AUTO takes OpenVINO on the CPU where it reads the format, Paddle
// otherwise and on a GPU. Error: FailedPrecondition if the engine or the device cannot run this
// format; the text says what can.
absl::StatusOr<std::string> ChooseEngine(config::EngineChoice configured, config::Device device,
                                         const Inspection& inspection);

struct LoadPlan {
  std::string engine;                    // of all parts: a worker holds one engine
  std::vector<task::PartOptions> parts;  // one or more
  task::Description task;
};

// `cpus`: cores of this machine. Errors: as ChooseEngine(), and FailedPrecondition if the
// manifest's engine and the configured one differ.
absl::StatusOr<LoadPlan> PlanLoad(const config::ModelConfig& model, const VersionFolder& folder,
                                  const Inspection& inspection, int32_t cpus);

}  // namespace huidu::repository
