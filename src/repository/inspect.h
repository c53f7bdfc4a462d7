#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "repository/version_folder.h"

// Reads a version's files before any engine does: whether the program is one, whether every
// parameter is there in full, and the content's hash. Engines load some damaged models without a
// word and then answer wrongly.
//
// Runs on: a short-lived process of its own (`huidu inspect DIR` prints the JSON): the files are
// somebody else's bytes. Memory is bounded by the program file; parameters are streamed.
namespace huidu::repository {

// What is known of one network.
struct ModelInspection {
  engine::Format format = engine::Format::kPaddle;
  int64_t program_version = 0;          // Paddle: the version that wrote the program, 1006000 is 1.6.0, 0 if not said
  std::vector<std::string> engines;     // able to read it, the preferred one first
  std::vector<std::string> lod_inputs;  // Paddle: inputs whose rows are grouped into sequences
  std::vector<std::string> parameter_files;  // kPaddleSeparate: names inside the folder, sorted
};

// Of a version. Where a task has several networks, each is in `parts`; what is said of the whole is then the format of
// the first, and the engines that read all.
struct Inspection : ModelInspection {
  std::map<std::string, ModelInspection> parts;
  // sha256 over the sorted names and the contents of the version's files, hex
  std::string content_hash;
  uint64_t bytes = 0;                 // of the version's files
  std::vector<std::string> warnings;  // odd, but no reason to refuse
};

// Errors: InvalidArgument (damaged, or not a model: which file, which parameter, found and
// expected), FailedPrecondition (a file is missing or its hash is not the manifest's),
// PermissionDenied, ResourceExhausted (a program larger than the bound).
absl::StatusOr<Inspection> Inspect(const VersionFolder& folder);

std::string ToJson(const Inspection& inspection);
// Error: InvalidArgument; the text may come from a process that a model has confused.
absl::StatusOr<Inspection> InspectionFromJson(std::string_view json);

}  // namespace huidu::repository
