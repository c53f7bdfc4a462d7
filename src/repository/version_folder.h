#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/load_options.h"
#include "task/description.h"

// What a version's folder holds, judged by the names in it. Program and parameters are not opened
// here: that is inspect.h's work, in a process of its own.
namespace huidu::repository {

// The optional file version.prototxt, in which the one who made the version says what belongs to
// it.
struct Manifest {
  std::string task = task::kTensors;
  std::string engine;                         // "openvino", "paddle", "fake"; empty: not said
  std::map<std::string, std::string> sha256;  // name inside the folder -> lower-case hex
  std::vector<std::string> warmup_samples;    // names inside the folder
  std::map<std::string, std::string> parts;   // network of a task -> name of a folder inside the folder
  std::vector<task::Resource> resources;      // names inside the folder
  std::vector<task::Setting> settings;
};

// The files of one network.
struct ModelFiles {
  std::string directory;  // absolute
  engine::Format format = engine::Format::kPaddle;
  std::string program_file;  // absolute
  std::string params_file;   // absolute; empty for kPaddleSeparate, kOnnx, kFake
};

// A version whose task has several networks has `parts`, and no network of its own in the folder.
struct VersionFolder : ModelFiles {
  std::map<std::string, ModelFiles> parts;
  bool has_manifest = false;
  Manifest manifest;
};

// Finds the model in `directory`.
// Runs on: any thread; reads the folder and the manifest (both bounded), follows symbolic links.
// Errors: NotFound (no such folder), PermissionDenied, FailedPrecondition (empty, no model, a part
// is missing, more than one model: the text names the files), InvalidArgument (the manifest is
// wrong: file, line, column).
absl::StatusOr<VersionFolder> Discover(const std::string& directory);

// Whether the folder holds, by its names, something that Discover() would judge as a model, whole
// or not.
bool LooksLikeVersionFolder(const std::string& directory);

}  // namespace huidu::repository
