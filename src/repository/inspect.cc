#include "repository/inspect.h"

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

bool OpenVinoReads(const Inspection& inspection) {
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
  return format == Format::kPaddle || format == Format::kPaddleCombined ||
         format == Format::kPaddleSeparate || format == Format::kPaddlePir;
}

void AddEngines(Inspection& inspection) {
  if (OpenVinoReads(inspection)) inspection.engines.push_back("openvino");
  if (PaddleReads(inspection.format)) inspection.engines.push_back("paddle");
  if (inspection.format == Format::kFake) inspection.engines.push_back("fake");
}

absl::Status CheckParameters(const VersionFolder& folder, const PaddleProgram& program,
                             Inspection& inspection) {
  if (folder.format == Format::kPaddleSeparate) {
    for (const Parameter& parameter : program.parameters)
      inspection.parameter_files.push_back(parameter.name);
    return CheckSeparateParameters(program.parameters, folder.directory, &inspection.warnings);
  }
  if (program.has_other_parameters) {
    inspection.warnings.push_back(
        "the program has parameters that are no tensors; the parameters are not checked");
    return absl::OkStatus();
  }
  HUIDU_ASSIGN_OR_RETURN(FileReader params, FileReader::Open(folder.params_file));
  return CheckCombinedParameters(program.parameters, params, &inspection.warnings);
}

absl::Status InspectPaddle(const VersionFolder& folder, FileReader& file, Inspection& inspection) {
  HUIDU_ASSIGN_OR_RETURN(const PaddleProgram program, folder.format == Format::kPaddlePir
                                                          ? ReadPirProgram(file)
                                                          : ReadPaddleProgram(file));
  inspection.program_version = program.version;
  inspection.lod_inputs = program.lod_inputs;
  return CheckParameters(folder, program, inspection);
}

// Checks the model's own files; adds to `names` what the model needs beside program and parameters.
absl::Status InspectModel(const VersionFolder& folder, Inspection& inspection,
                          std::vector<std::string>& names) {
  HUIDU_ASSIGN_OR_RETURN(FileReader program, FileReader::Open(folder.program_file));
  if (PaddleReads(folder.format)) {
    HUIDU_RETURN_IF_ERROR(InspectPaddle(folder, program, inspection));
    names.insert(names.end(), inspection.parameter_files.begin(), inspection.parameter_files.end());
  } else if (folder.format == Format::kOnnx) {
    HUIDU_ASSIGN_OR_RETURN(const std::vector<std::string> others,
                           CheckOnnxModel(program, folder.directory));
    names.insert(names.end(), others.begin(), others.end());
  } else if (folder.format == Format::kOpenVinoIr) {
    HUIDU_ASSIGN_OR_RETURN(const FileReader bin, FileReader::Open(folder.params_file));
    HUIDU_RETURN_IF_ERROR(CheckIrModel(program, bin));
  }
  return absl::OkStatus();
}

absl::Status CheckManifest(const Manifest& manifest, const ContentHash& hash) {
  for (const auto& [name, wanted] : manifest.sha256) {
    const std::string& found = hash.files.at(name);
    if (!wanted.empty() && found != wanted) {
      return absl::FailedPreconditionError(StrCat(name, " is not the file that ", kManifestName,
                                                  " names: its sha256 is ", found, ", expected ",
                                                  wanted));
    }
  }
  return absl::OkStatus();
}

std::string RelativeName(const VersionFolder& folder, const std::string& path) {
  return path.substr(folder.directory.size() + 1);
}

}  // namespace

absl::StatusOr<Inspection> Inspect(const VersionFolder& folder) {
  Inspection inspection;
  inspection.format = folder.format;
  std::vector<std::string> names = {RelativeName(folder, folder.program_file)};
  if (!folder.params_file.empty()) names.push_back(RelativeName(folder, folder.params_file));
  HUIDU_RETURN_IF_ERROR(Annotate(InspectModel(folder, inspection, names), folder.directory));
  AddEngines(inspection);

  for (const auto& [name, hash] : folder.manifest.sha256) names.push_back(name);
  if (folder.has_manifest) names.push_back(kManifestName);
  HUIDU_ASSIGN_OR_RETURN(const ContentHash hash, HashFiles(folder.directory, std::move(names)));
  HUIDU_RETURN_IF_ERROR(Annotate(CheckManifest(folder.manifest, hash), folder.directory));
  inspection.content_hash = hash.sha256;
  inspection.bytes = hash.bytes;
  return inspection;
}

}  // namespace huidu::repository
