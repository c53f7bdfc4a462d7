#include "front/table/serving_table.h"

#include <algorithm>

namespace huidu::front {

const ModelEntry* ServingTable::Find(std::string_view model) const {
  const auto found = models.find(model);
  return found == models.end() ? nullptr : found->second.get();
}

bool IsReady(const ModelEntry& entry, std::string_view version) {
  if (version.empty()) return entry.live != nullptr && entry.live->HasWorker();
  const auto label = entry.labels.find(std::string(version));
  const auto found = entry.versions.find(label == entry.labels.end() ? std::string(version) : label->second);
  return found != entry.versions.end() && found->second->HasWorker();
}

bool IsReady(const ServingTable& table) {
  return table.accepting && std::all_of(table.models.begin(), table.models.end(),
                                        [](const auto& model) { return IsReady(*model.second); });
}

}  // namespace huidu::front
