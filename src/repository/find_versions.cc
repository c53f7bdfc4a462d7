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

// An error with its place in the file, where there is one, and the model.
absl::Status At(const std::string& place, const config::ModelConfig& model, const absl::Status& status) {
  const std::string where = StrCat("model '", model.name, "'");
  return Annotate(status, place.empty() ? where : StrCat(place, ": ", where));
}

// The one version that base_path is, or all that are in it.
absl::StatusOr<std::vector<FoundVersion>> InBasePath(const config::ModelConfig& model) {
  const std::string& base_path = model.base_path;
  if (!LooksLikeVersionFolder(base_path)) return AllVersions(base_path, model.version_naming);
  if (!model.version.empty()) return std::vector<FoundVersion>{{model.version, base_path}};
  HUIDU_ASSIGN_OR_RETURN(std::string id, config::VersionIdFromPath(base_path, model.version_naming));
  return std::vector<FoundVersion>{{std::move(id), base_path}};
}

// Of the versions of base_path those that the policy picks, with the configured live one among them.
absl::StatusOr<std::vector<FoundVersion>> FromBasePath(const config::ModelConfig& model) {
  const config::Places& places = model.places;
  absl::StatusOr<std::vector<FoundVersion>> all = InBasePath(model);
  if (!all.ok()) return At(places.base_path, model, all.status());
  if (all->size() == 1 && all->front().path == model.base_path) return all;
  const FoundVersion* const wanted = Find(*all, model.version);
  if (!model.version.empty() && wanted == nullptr) {
    return At(places.version, model,
              absl::FailedPreconditionError(
                  StrCat("version '", model.version, "' is not in ", model.base_path, ", which holds ", Ids(*all))));
  }
  absl::StatusOr<std::vector<FoundVersion>> picked = Pick(model.base_path, *all, model.version_policy);
  if (!picked.ok()) return At(places.version_policy, model, picked.status());
  if (wanted != nullptr && Find(*picked, wanted->id) == nullptr) {
    // "The latest two" with an older live one are the live one and the newest.
    if (model.version_policy.kind == VersionPolicy::Kind::kLatest) picked->erase(picked->begin());
    picked->push_back(*wanted);
  }
  return picked;
}

absl::Status AddExtras(const config::ModelConfig& model, std::vector<FoundVersion>& versions) {
  for (const config::ExtraVersion& extra : model.versions) {
    const absl::Status readable = ListFolder(extra.path).status();
    if (!readable.ok()) return At(extra.place, model, Annotate(readable, StrCat("version ", extra.version)));
    const FoundVersion* same = Find(versions, extra.version);
    if (same != nullptr && same->path != extra.path) {
      return At(extra.place, model,
                absl::FailedPreconditionError(StrCat("version '", extra.version, "' is both ", same->path, " and ",
                                                     extra.path, "; give one another id")));
    }
    if (same == nullptr) versions.push_back({extra.version, extra.path});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelVersions> FindModelVersions(const config::ModelConfig& model) {
  ModelVersions result;
  HUIDU_ASSIGN_OR_RETURN(result.versions, FromBasePath(model));
  result.live = model.version.empty() ? result.versions.back().id : model.version;
  HUIDU_RETURN_IF_ERROR(AddExtras(model, result.versions));
  for (const auto& [label, id] : model.version_labels) {
    if (Find(result.versions, id) != nullptr) continue;
    return At(model.places.version_labels, model,
              absl::FailedPreconditionError(
                  StrCat("label '", label, "' points to version ", id, "; loaded are ", Ids(result.versions))));
  }
  std::sort(result.versions.begin(), result.versions.end(), OlderFirst);
  return result;
}

}  // namespace huidu::repository
