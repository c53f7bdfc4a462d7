#include "repository/version_folder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/strings.h"
#include "repository/folder.h"
#include "repository/manifest.h"

namespace huidu::repository {
namespace {

using engine::Format;

constexpr char kOldProgram[] = "__model__";
constexpr char kOldParams[] = "__params__";

// A model that the names in a folder speak of. `missing` is what it lacks to be one, or empty.
struct Candidate {
  Format format;
  std::string program;
  std::string params;
  std::string missing;
};

// The names of a folder, asked for in the ways that the rules below need.
class Names {
 public:
  explicit Names(std::vector<std::string> names) : names_(std::move(names)) { std::sort(names_.begin(), names_.end()); }
  bool Has(const std::string& name) const { return std::binary_search(names_.begin(), names_.end(), name); }
  const std::vector<std::string>& all() const { return names_; }
  // "inference" for each "inference.pdmodel".
  std::vector<std::string> StemsOf(const std::string& extension) const {
    std::vector<std::string> stems;
    for (const std::string& name : names_) {
      if (name.size() > extension.size() && absl::EndsWith(name, extension)) {
        stems.push_back(name.substr(0, name.size() - extension.size()));
      }
    }
    return stems;
  }

 private:
  std::vector<std::string> names_;
};

void AddOldPaddle(const Names& names, std::vector<Candidate>& found) {
  if (!names.Has(kOldProgram)) {
    if (names.Has(kOldParams)) found.push_back({Format::kPaddleCombined, kOldProgram, kOldParams, kOldProgram});
  } else if (names.Has(kOldParams)) {
    found.push_back({Format::kPaddleCombined, kOldProgram, kOldParams, ""});
  } else {
    // Which of the other files are parameters, and whether all are there, is known once the program
    // is read.
    const bool alone = names.all().size() == 1;
    found.push_back(
        {Format::kPaddleSeparate, kOldProgram, "", alone ? "__params__, or one file for each parameter," : ""});
  }
}

void AddPaddle(const Names& names, std::vector<Candidate>& found) {
  for (const std::string& stem : names.StemsOf(".pdmodel")) {
    const std::string params = stem + ".pdiparams";
    found.push_back({Format::kPaddle, stem + ".pdmodel", params, names.Has(params) ? "" : params});
  }
  for (const std::string& stem : names.StemsOf(".pdiparams")) {
    const std::string params = stem + ".pdiparams";
    if (names.Has(stem + ".json")) {
      found.push_back({Format::kPaddlePir, stem + ".json", params, ""});
    } else if (!names.Has(stem + ".pdmodel")) {
      found.push_back({Format::kPaddle, params, params, StrCat(stem, ".pdmodel or ", stem, ".json")});
    }
  }
}

void AddOthers(const Names& names, std::vector<Candidate>& found) {
  for (const std::string& stem : names.StemsOf(".onnx")) found.push_back({Format::kOnnx, stem + ".onnx", "", ""});
  for (const std::string& stem : names.StemsOf(".fake")) found.push_back({Format::kFake, stem + ".fake", "", ""});
  for (const std::string& stem : names.StemsOf(".xml")) {
    if (names.Has(stem + ".bin")) found.push_back({Format::kOpenVinoIr, stem + ".xml", stem + ".bin", ""});
  }
}

// *.json and *.xml are names that other things have too: one is half a model only if there is
// nothing else.
std::vector<Candidate> FindHalves(const Names& names) {
  std::vector<Candidate> found;
  for (const std::string& stem : names.StemsOf(".xml")) {
    found.push_back({Format::kOpenVinoIr, stem + ".xml", stem + ".bin", stem + ".bin"});
  }
  for (const std::string& stem : names.StemsOf(".json")) {
    found.push_back({Format::kPaddlePir, stem + ".json", stem + ".pdiparams", stem + ".pdiparams"});
  }
  return found;
}

std::vector<Candidate> FindCandidates(const Names& names) {
  std::vector<Candidate> found;
  AddOldPaddle(names, found);
  AddPaddle(names, found);
  AddOthers(names, found);
  return found;
}

absl::Status NoModel(const std::string& directory, const Names& names) {
  if (names.all().empty())
    return absl::FailedPreconditionError(StrCat(directory, " is empty: it holds no model files"));
  return absl::FailedPreconditionError(
      StrCat(directory,
             " holds no model: it needs *.pdmodel + *.pdiparams, __model__ + __params__ (or one "
             "file for each",
             " parameter), *.json + *.pdiparams, *.onnx, or *.xml + *.bin"));
}

absl::StatusOr<Candidate> TheOne(const std::string& directory, const Names& names) {
  std::vector<Candidate> found = FindCandidates(names);
  if (found.empty()) {
    found = FindHalves(names);
    if (found.size() != 1) return NoModel(directory, names);
  }
  if (found.size() > 1) {
    const auto name = [](std::string* out, const Candidate& candidate) { *out += candidate.program; };
    return absl::FailedPreconditionError(StrCat(directory,
                                                " holds more than one model: ", absl::StrJoin(found, ", ", name),
                                                "; keep one, or name its files in ", kManifestName));
  }
  if (!found[0].missing.empty()) {
    return absl::FailedPreconditionError(
        StrCat(directory, ": ", found[0].program, " is not complete: ", found[0].missing, " is missing"));
  }
  return found[0];
}

absl::StatusOr<ModelFiles> FindModel(const std::string& directory, std::vector<std::string> names) {
  HUIDU_ASSIGN_OR_RETURN(const Candidate model, TheOne(directory, Names(std::move(names))));
  ModelFiles files;
  files.directory = directory;
  files.format = model.format;
  files.program_file = StrCat(directory, "/", model.program);
  if (!model.params.empty()) files.params_file = StrCat(directory, "/", model.params);
  return files;
}

absl::StatusOr<ModelFiles> FindPart(const std::string& directory) {
  HUIDU_ASSIGN_OR_RETURN(const Listing listing, ListFolder(directory));
  return FindModel(directory, listing.files);
}

}  // namespace

absl::StatusOr<VersionFolder> Discover(const std::string& directory) {
  HUIDU_ASSIGN_OR_RETURN(const Listing listing, ListFolder(directory));
  VersionFolder folder;
  folder.directory = directory;
  std::vector<std::string> names = listing.files;
  const auto manifest = std::find(names.begin(), names.end(), kManifestName);
  if (manifest != names.end()) {
    names.erase(manifest);
    HUIDU_ASSIGN_OR_RETURN(folder.manifest, ReadManifest(StrCat(directory, "/", kManifestName)));
    folder.has_manifest = true;
    if (!folder.manifest.sha256.empty()) {
      names.clear();
      for (const auto& [name, hash] : folder.manifest.sha256) names.push_back(name);
    }
  }
  for (const auto& [part, name] : folder.manifest.parts) {
    HUIDU_ASSIGN_OR_RETURN(folder.parts[part], FindPart(StrCat(directory, "/", name)));
  }
  if (!folder.parts.empty()) return folder;
  HUIDU_ASSIGN_OR_RETURN(static_cast<ModelFiles&>(folder), FindModel(directory, std::move(names)));
  return folder;
}

bool LooksLikeVersionFolder(const std::string& directory) {
  const absl::StatusOr<Listing> listing = ListFolder(directory);
  if (!listing.ok()) return false;
  const Names names(listing->files);
  return names.Has(kManifestName) || !FindCandidates(names).empty();
}

}  // namespace huidu::repository
