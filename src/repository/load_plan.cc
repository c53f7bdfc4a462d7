#include "repository/load_plan.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::repository {
namespace {

using config::Device;
using config::EngineChoice;

std::string NameOf(EngineChoice choice) {
  switch (choice) {
    case EngineChoice::kOpenVino: return "openvino";
    case EngineChoice::kPaddle: return "paddle";
    case EngineChoice::kFake: return "fake";
    case EngineChoice::kAuto: break;
  }
  return "";
}

std::string FormatText(engine::Format format) {
  switch (format) {
    case engine::Format::kPaddle: return "a Paddle model (*.pdmodel)";
    case engine::Format::kPaddleCombined: return "a Paddle model (__model__ + __params__)";
    case engine::Format::kPaddleSeparate: return "a Paddle model (__model__ + one file for each parameter)";
    case engine::Format::kPaddlePir: return "a Paddle 3 model (*.json)";
    case engine::Format::kOnnx: return "an ONNX model";
    case engine::Format::kOpenVinoIr: return "an OpenVINO network (*.xml)";
    case engine::Format::kFake: return "a model of the fake engine";
  }
  return "";
}

bool Reads(const Inspection& inspection, const std::string& engine) {
  return std::find(inspection.engines.begin(), inspection.engines.end(), engine) != inspection.engines.end();
}

absl::StatusOr<std::string> ChooseForGpu(EngineChoice configured, const Inspection& inspection) {
  if (configured == EngineChoice::kFake) {
    return absl::FailedPreconditionError("device: GPU, but engine FAKE has no GPU; write device: CPU");
  }
  if (configured != EngineChoice::kOpenVino && Reads(inspection, "paddle")) return std::string("paddle");
  return absl::FailedPreconditionError(StrCat("device: GPU needs engine PADDLE and a Paddle model; this is ",
                                              FormatText(inspection.format), " with engine ",
                                              configured == EngineChoice::kOpenVino ? "OPENVINO" : "PADDLE or AUTO",
                                              "; write device: CPU, or export the model with Paddle"));
}

task::PartOptions PlanPart(const config::ModelConfig& model, const ModelFiles& files, const ModelInspection& inspection,
                           int32_t cpus) {
  task::PartOptions part;
  part.options.directory = files.directory;
  part.options.format = files.format;
  part.options.program_file = files.program_file;
  part.options.params_file = files.params_file;
  part.options.parameter_files = inspection.parameter_files;
  part.options.lod_inputs = inspection.lod_inputs;
  part.options.use_gpu = model.device == Device::kGpu;
  part.options.gpu = model.gpu;
  part.options.instances = config::ResolveInstances(model, cpus);
  part.options.threads_per_instance = model.threads_per_instance;
  part.options.precision = model.precision;
  part.options.cache_directory = model.cache_dir;
  return part;
}

task::Description Describe(const VersionFolder& folder) {
  task::Description description;
  description.task = folder.manifest.task;
  description.directory = folder.directory;
  description.settings = folder.manifest.settings;
  for (const task::Resource& resource : folder.manifest.resources) {
    description.resources.push_back({resource.name, StrCat(folder.directory, "/", resource.path)});
  }
  return description;
}

}  // namespace

absl::StatusOr<std::string> ChooseEngine(EngineChoice configured, Device device, const Inspection& inspection) {
  if (inspection.engines.empty()) return absl::FailedPreconditionError("no engine reads this version");
  if (device == Device::kGpu) return ChooseForGpu(configured, inspection);
  if (configured == EngineChoice::kAuto) return inspection.engines.front();
  const std::string name = NameOf(configured);
  if (Reads(inspection, name)) return name;
  const bool sequences = !inspection.lod_inputs.empty() && name == "openvino";
  return absl::FailedPreconditionError(StrCat("engine ", name, " does not read ", FormatText(inspection.format),
                                              sequences ? " with sequence (LoD) inputs" : "",
                                              "; write engine: AUTO or ", absl::StrJoin(inspection.engines, " or ")));
}

absl::StatusOr<LoadPlan> PlanLoad(const config::ModelConfig& model, const VersionFolder& folder,
                                  const Inspection& inspection, int32_t cpus) {
  LoadPlan plan;
  EngineChoice choice = model.engine;
  const std::string& made_for = folder.manifest.engine;
  if (!made_for.empty() && choice != EngineChoice::kAuto && NameOf(choice) != made_for) {
    return absl::FailedPreconditionError(StrCat("model '", model.name, "' is configured with engine ", NameOf(choice),
                                                ", but ", folder.directory, "/version.prototxt asks for ", made_for));
  }
  if (made_for == "openvino") choice = EngineChoice::kOpenVino;
  if (made_for == "paddle") choice = EngineChoice::kPaddle;
  if (made_for == "fake") choice = EngineChoice::kFake;
  absl::StatusOr<std::string> engine = ChooseEngine(choice, model.device, inspection);
  if (!engine.ok()) return Annotate(engine.status(), folder.directory);

  plan.engine = *std::move(engine);
  plan.task = Describe(folder);
  if (folder.parts.empty()) plan.parts.push_back(PlanPart(model, folder, inspection, cpus));
  for (const auto& [name, files] : folder.parts) {
    const auto inspected = inspection.parts.find(name);
    if (inspected == inspection.parts.end())
      return absl::AbortedError(StrCat(folder.directory, ": part '", name, "' came while the version was inspected"));
    plan.parts.push_back(PlanPart(model, files, inspected->second, cpus));
    plan.parts.back().name = name;
  }
  return plan;
}

}  // namespace huidu::repository
