#include "front/versions/model.h"

#include <algorithm>

namespace huidu::front {

std::shared_ptr<Version> Model::Find(const std::string& version) const {
  const auto found = versions.find(version);
  return found == versions.end() ? nullptr : found->second;
}

void Model::MakeLive(const std::string& version) {
  live = version;
  std::erase(history, version);
  history.insert(history.begin(), version);
}

std::string Model::Previous() const {
  for (const std::string& version : history) {
    if (version != live && versions.contains(version)) return version;
  }
  return {};
}

std::vector<std::shared_ptr<Version>> Model::Surplus() const {
  std::set<std::string> keep = wanted;
  keep.insert(live);
  size_t kept = 0;
  for (const std::string& version : history) {
    if (!versions.contains(version)) continue;
    if (kept++ < static_cast<size_t>(std::max(1, config.keep_loaded))) keep.insert(version);
  }
  std::vector<std::shared_ptr<Version>> surplus;
  for (const auto& [id, version] : versions) {
    const bool was_live = std::find(history.begin(), history.end(), id) != history.end();
    if (!keep.contains(id) && (was_live || version->source() == "config")) surplus.push_back(version);
  }
  return surplus;
}

std::shared_ptr<const ModelEntry> Model::Entry() const {
  auto entry = std::make_shared<ModelEntry>();
  entry->name = config.name;
  entry->labels = config.version_labels;
  for (const auto& [id, version] : versions) {
    if (version->routable() && version->servable() != nullptr) {
      entry->versions[id] = version->servable();
      if (id == live) entry->live = version->servable();
    }
    entry->all.push_back({id, std::string(KServeState(version->state())), version->Info().message});
  }
  return entry;
}

}  // namespace huidu::front
