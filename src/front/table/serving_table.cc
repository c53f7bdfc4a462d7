#include "front/table/serving_table.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

std::shared_ptr<Servable> FindByName(const ModelEntry& entry, std::string_view version) {
  const auto label = entry.labels.find(std::string(version));
  const auto found = entry.versions.find(label == entry.labels.end() ? std::string(version) : label->second);
  return found == entry.versions.end() ? nullptr : found->second;
}

std::string Loaded(const ModelEntry& entry) {
  if (entry.versions.empty()) return "no version is loaded";
  return StrCat("loaded: ", absl::StrJoin(entry.versions, ", ", [](std::string* out, const auto& version) {
                  StrAppend(out, version.first);
                }));
}

}  // namespace

const ModelEntry* ServingTable::Find(std::string_view model) const {
  const auto found = models.find(model);
  return found == models.end() ? nullptr : found->second.get();
}

absl::StatusOr<const ModelEntry*> FindModel(const ServingTable& table, std::string_view model) {
  if (const ModelEntry* entry = table.Find(model)) return entry;
  return absl::NotFoundError(StrCat("model '", model, "' is unknown; the repository index lists the models"));
}

absl::StatusOr<std::shared_ptr<Servable>> FindVersion(const ModelEntry& entry, std::string_view version) {
  const std::shared_ptr<Servable> found = version.empty() ? entry.live : FindByName(entry, version);
  if (found != nullptr) return found;
  if (version.empty()) {
    return absl::UnavailableError(StrCat("model '", entry.name, "' has no version that is ready; ", Loaded(entry)));
  }
  return absl::NotFoundError(
      StrCat("model '", entry.name, "' has no version or label '", version, "'; ", Loaded(entry)));
}

bool IsReady(const ModelEntry& entry, std::string_view version) {
  const absl::StatusOr<std::shared_ptr<Servable>> found = FindVersion(entry, version);
  return found.ok() && (*found)->HasWorker();
}

std::string WhyNotReady(const ModelEntry& entry, std::string_view version) {
  if (version.empty() && !entry.problem.empty()) return entry.problem;
  const std::shared_ptr<Servable> live = version.empty() ? entry.live : FindByName(entry, version);
  const std::string_view wanted = live != nullptr ? std::string_view(live->version()) : version;
  const auto known =
      std::find_if(entry.all.begin(), entry.all.end(), [&](const auto& status) { return status.version == wanted; });
  return known == entry.all.end() ? std::string() : known->reason;
}

bool IsReady(const ServingTable& table) {
  return table.accepting && std::all_of(table.models.begin(), table.models.end(),
                                        [](const auto& model) { return IsReady(*model.second); });
}

}  // namespace huidu::front
