#include "repository/find_versions.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/strings.h"
#include "repository/folder.h"
#include "repository/version_folder.h"

namespace huidu::repository {
namespace {

using config::VersionPolicy;

constexpr size_t kMostReasons = 5;

bool OlderFirst(const FoundVersion& a, const FoundVersion& b) { return config::CompareVersions(a.id, b.id) < 0; }

std::string Ids(const std::vector<FoundVersion>& versions) {
  return absl::StrJoin(versions, ", ", [](std::string* out, const FoundVersion& version) { *out += version.id; });
}

const FoundVersion* Find(const std::vector<FoundVersion>& versions, const std::string& id) {
  const auto found = std::find_if(versions.begin(), versions.end(), [&](const auto& v) { return v.id == id; });
  return found == versions.end() ? nullptr : &*found;
}

absl::Status NoVersions(const std::string& base_path, const Listing& listing, std::vector<std::string> reasons) {
  if (listing.files.empty() && listing.folders.empty()) {
    return absl::FailedPreconditionError(
        StrCat(base_path, " is empty: it holds neither a model nor folders of versions"));
  }
  if (reasons.size() > kMostReasons) reasons.resize(kMostReasons);
  return absl::FailedPreconditionError(StrCat(base_path, " holds neither a model nor a folder of a version",
                                              reasons.empty() ? "" : ":\n  ", absl::StrJoin(reasons, "\n  ")));
}

// Every version in a folder of versions, older first.
absl::StatusOr<std::vector<FoundVersion>> AllVersions(const std::string& base_path, config::VersionNaming naming) {
  HUIDU_ASSIGN_OR_RETURN(const Listing listing, ListFolder(base_path));
  std::vector<FoundVersion> found;
  std::vector<std::string> reasons;
  for (const std::string& name : listing.folders) {
    const std::string path = StrCat(base_path, "/", name);
    const absl::StatusOr<std::string> id = config::VersionIdFromPath(path, naming);
    if (!id.ok()) {
      reasons.emplace_back(id.status().message());
    } else if (!LooksLikeVersionFolder(path)) {
      reasons.push_back(StrCat(path, " holds no model files"));
    } else if (const FoundVersion* same = Find(found, *id); same != nullptr) {
      return absl::FailedPreconditionError(
          StrCat("the folders ", same->path, " and ", path, " both give the version id ", *id, "; rename one of them"));
    } else {
      found.push_back({*id, path});
    }
  }
  if (found.empty()) return NoVersions(base_path, listing, std::move(reasons));
  std::sort(found.begin(), found.end(), OlderFirst);
  return found;
}

absl::StatusOr<std::vector<FoundVersion>> Pick(const std::string& base_path, std::vector<FoundVersion> found,
                                               const VersionPolicy& policy) {
  if (policy.kind == VersionPolicy::Kind::kAll) return found;
  if (policy.kind == VersionPolicy::Kind::kLatest) {
    const size_t keep = std::max<size_t>(policy.num_versions, 1);
    if (found.size() > keep) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(keep));
    return found;
  }
  std::vector<FoundVersion> picked;
  for (const std::string& id : policy.versions) {
    const FoundVersion* version = Find(found, id);
    if (version == nullptr) {
      return absl::FailedPreconditionError(
          StrCat("model_version_policy names version ", id, ", but ", base_path, " holds only ", Ids(found)));
    }
    picked.push_back(*version);
  }
  std::sort(picked.begin(), picked.end(), OlderFirst);
  return picked;
}

// The versions of base_path, with the configured live one among them.
absl::StatusOr<std::vector<FoundVersion>> FromBasePath(const config::ModelConfig& model) {
  if (model.version.empty()) return FindVersions(model.base_path, model.version_policy, model.version_naming);
  if (LooksLikeVersionFolder(model.base_path)) return std::vector<FoundVersion>{{model.version, model.base_path}};
  HUIDU_ASSIGN_OR_RETURN(std::vector<FoundVersion> all, AllVersions(model.base_path, model.version_naming));
  const FoundVersion* wanted = Find(all, model.version);
  if (wanted == nullptr) {
    return absl::FailedPreconditionError(
        StrCat("version '", model.version, "' is not in ", model.base_path, ", which holds ", Ids(all)));
  }
  const FoundVersion live = *wanted;
  HUIDU_ASSIGN_OR_RETURN(std::vector<FoundVersion> picked, Pick(model.base_path, all, model.version_policy));
  if (Find(picked, live.id) == nullptr) {
    // "The latest two" with an older live one are the live one and the newest.
    if (model.version_policy.kind == VersionPolicy::Kind::kLatest) picked.erase(picked.begin());
    picked.push_back(live);
  }
  return picked;
}

absl::Status AddExtras(const config::ModelConfig& model, std::vector<FoundVersion>& versions) {
  for (const config::ExtraVersion& extra : model.versions) {
    const FoundVersion* same = Find(versions, extra.version);
    if (same != nullptr && same->path != extra.path) {
      return absl::FailedPreconditionError(
          StrCat("version '", extra.version, "' is both ", same->path, " and ", extra.path, "; give one another id"));
    }
    if (same == nullptr) versions.push_back({extra.version, extra.path});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<FoundVersion>> FindVersions(const std::string& base_path, const VersionPolicy& policy,
                                                       config::VersionNaming naming) {
  if (LooksLikeVersionFolder(base_path)) {
    HUIDU_ASSIGN_OR_RETURN(std::string id, config::VersionIdFromPath(base_path, naming));
    return std::vector<FoundVersion>{{std::move(id), base_path}};
  }
  HUIDU_ASSIGN_OR_RETURN(std::vector<FoundVersion> found, AllVersions(base_path, naming));
  return Pick(base_path, std::move(found), policy);
}

absl::StatusOr<ModelVersions> FindModelVersions(const config::ModelConfig& model) {
  const std::string where = StrCat("model '", model.name, "'");
  absl::StatusOr<std::vector<FoundVersion>> found = FromBasePath(model);
  if (!found.ok()) return Annotate(found.status(), where);
  ModelVersions result;
  result.versions = *std::move(found);
  result.live = model.version.empty() ? result.versions.back().id : model.version;
  HUIDU_RETURN_IF_ERROR(Annotate(AddExtras(model, result.versions), where));
  for (const auto& [label, id] : model.version_labels) {
    if (Find(result.versions, id) == nullptr) {
      return absl::FailedPreconditionError(
          StrCat(where, ": label '", label, "' points to version ", id, "; loaded are ", Ids(result.versions)));
    }
  }
  std::sort(result.versions.begin(), result.versions.end(), OlderFirst);
  return result;
}

}  // namespace huidu::repository
