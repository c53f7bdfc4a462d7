#include "repository/inspect.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/strings.h"
#include "repository/content_hash.h"
#include "repository/file_reader.h"
#include "repository/ir_model.h"
#include "repository/manifest.h"
#include "repository/onnx_model.h"
#include "repository/paddle_params.h"
#include "repository/paddle_program.h"

namespace huidu::repository {
namespace {

using engine::Format;

// OpenVINO reads programs of Paddle 2 and later. Builds between releases say 0; they are newer than
// that.
constexpr int64_t kPaddle2 = 2'000'000;

std::string RelativeName(const std::string& directory, const std::string& path) {
  return path.substr(directory.size() + 1);
}

bool OpenVinoReads(const ModelInspection& inspection) {
  switch (inspection.format) {
    case Format::kOnnx:
    case Format::kOpenVinoIr: return true;
    case Format::kPaddle:
    case Format::kPaddleCombined:
      return inspection.lod_inputs.empty() &&
             (inspection.program_version >= kPaddle2 || inspection.program_version == 0);
    case Format::kPaddleSeparate:
    case Format::kPaddlePir:
    case Format::kFake: return false;
  }
  return false;
}

bool PaddleReads(Format format) {
  return format == Format::kPaddle || format == Format::kPaddleCombined || format == Format::kPaddleSeparate ||
         format == Format::kPaddlePir;
}

void AddEngines(ModelInspection& inspection) {
  if (OpenVinoReads(inspection)) inspection.engines.push_back("openvino");
  if (PaddleReads(inspection.format)) inspection.engines.push_back("paddle");
  if (inspection.format == Format::kFake) inspection.engines.push_back("fake");
}

absl::Status CheckParameters(const ModelFiles& folder, const PaddleProgram& program, ModelInspection& inspection,
                             std::vector<std::string>& warnings) {
  if (folder.format == Format::kPaddleSeparate) {
    for (const Parameter& parameter : program.parameters) inspection.parameter_files.push_back(parameter.name);
    return CheckSeparateParameters(program.parameters, folder.directory, &warnings);
  }
  if (program.has_other_parameters) {
    warnings.push_back("the program has parameters that are no tensors; the parameters are not checked");
    return absl::OkStatus();
  }
  HUIDU_ASSIGN_OR_RETURN(FileReader params, FileReader::Open(folder.params_file));
  return CheckCombinedParameters(program.parameters, params, &warnings);
}

absl::Status InspectPaddle(const ModelFiles& folder, FileReader& file, ModelInspection& inspection,
                           std::vector<std::string>& warnings) {
  HUIDU_ASSIGN_OR_RETURN(const PaddleProgram program,
                         folder.format == Format::kPaddlePir ? ReadPirProgram(file) : ReadPaddleProgram(file));
  inspection.program_version = program.version;
  inspection.lod_inputs = program.lod_inputs;
  return CheckParameters(folder, program, inspection, warnings);
}

// Checks a network's files; gives their names.
absl::StatusOr<std::vector<std::string>> CheckFiles(const ModelFiles& folder, ModelInspection& inspection,
                                                    std::vector<std::string>& warnings) {
  std::vector<std::string> names = {RelativeName(folder.directory, folder.program_file)};
  if (!folder.params_file.empty()) names.push_back(RelativeName(folder.directory, folder.params_file));
  HUIDU_ASSIGN_OR_RETURN(FileReader program, FileReader::Open(folder.program_file));
  if (PaddleReads(folder.format)) {
    HUIDU_RETURN_IF_ERROR(InspectPaddle(folder, program, inspection, warnings));
    names.insert(names.end(), inspection.parameter_files.begin(), inspection.parameter_files.end());
  } else if (folder.format == Format::kOnnx) {
    HUIDU_ASSIGN_OR_RETURN(const std::vector<std::string> others, CheckOnnxModel(program, folder.directory));
    names.insert(names.end(), others.begin(), others.end());
  } else if (folder.format == Format::kOpenVinoIr) {
    HUIDU_ASSIGN_OR_RETURN(const FileReader bin, FileReader::Open(folder.params_file));
    HUIDU_RETURN_IF_ERROR(CheckIrModel(program, bin));
  }
  return names;
}

absl::StatusOr<std::vector<std::string>> InspectModel(const ModelFiles& folder, ModelInspection& inspection,
                                                      std::vector<std::string>& warnings) {
  inspection.format = folder.format;
  auto names = CheckFiles(folder, inspection, warnings);
  if (!names.ok()) return Annotate(names.status(), folder.directory);
  AddEngines(inspection);
  return names;
}

// Every network of a task; the names are those inside the version's folder.
absl::StatusOr<std::vector<std::string>> InspectParts(const VersionFolder& folder, Inspection& inspection) {
  std::vector<std::string> all;
  for (const auto& [part, files] : folder.parts) {
    ModelInspection& model = inspection.parts[part];
    HUIDU_ASSIGN_OR_RETURN(const std::vector<std::string> names, InspectModel(files, model, inspection.warnings));
    for (const std::string& name : names) all.push_back(StrCat(folder.manifest.parts.at(part), "/", name));
    if (inspection.parts.size() == 1) {
      inspection.format = model.format;
      inspection.engines = model.engines;
    }
    std::erase_if(inspection.engines, [&](const std::string& engine) {
      return std::find(model.engines.begin(), model.engines.end(), engine) == model.engines.end();
    });
  }
  return all;
}

absl::Status CheckManifest(const Manifest& manifest, const ContentHash& hash) {
  for (const auto& [name, wanted] : manifest.sha256) {
    const std::string& found = hash.files.at(name);
    if (!wanted.empty() && found != wanted) {
      return absl::FailedPreconditionError(StrCat(name, " is not the file that ", kManifestName,
                                                  " names: its sha256 is ", found, ", expected ", wanted));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Inspection> Inspect(const VersionFolder& folder) {
  Inspection inspection;
  HUIDU_ASSIGN_OR_RETURN(std::vector<std::string> names, folder.parts.empty()
                                                             ? InspectModel(folder, inspection, inspection.warnings)
                                                             : InspectParts(folder, inspection));
  for (const task::Resource& resource : folder.manifest.resources) names.push_back(resource.path);
  for (const auto& [name, hash] : folder.manifest.sha256) names.push_back(name);
  if (folder.has_manifest) names.push_back(kManifestName);
  HUIDU_ASSIGN_OR_RETURN(const ContentHash hash, HashFiles(folder.directory, std::move(names)));
  HUIDU_RETURN_IF_ERROR(Annotate(CheckManifest(folder.manifest, hash), folder.directory));
  inspection.content_hash = hash.sha256;
  inspection.bytes = hash.bytes;
  return inspection;
}

}  // namespace huidu::repository
