#include "front/versions/model.h"

#include <algorithm>

#include "base/strings.h"

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

std::string Model::Problem() const {
  if (!live.empty() || problem.empty()) return {};
  return StrCat("nothing is live: ", problem, ". Mend it and `huidu reload`, or `huidu load` and `huidu switch`");
}

void Model::TakeWeights() {
  if (config.weights.empty()) return weights.reset();
  if (!weights) weights = SplitOrder{.salt = "weights"};
  weights->parts.clear();
  for (const config::Weight& weight : config.weights) weights->parts.push_back({weight.version, weight.share});
}

std::string Model::Previous() const {
  for (const std::string& version : history) {
    if (version != live && versions.contains(version)) return version;
  }
  return {};
}

std::vector<std::shared_ptr<Version>> Model::Surplus() const {
  std::set<std::string> keep = wanted;
  keep.insert(pinned.begin(), pinned.end());
  keep.insert(staged.begin(), staged.end());
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
  entry->rules = rules;
  entry->feedback = feedback;
  entry->problem = Problem();
  for (const auto& [id, version] : versions) {
    if (version->routable() && version->servable() != nullptr) {
      entry->versions[id] = version->servable();
      if (id == live) entry->live = version->servable();
    }
    entry->all.push_back({id, std::string(KServeState(version->state())), version->Info().message});
  }
  if (order().has_value() && entry->live != nullptr) entry->split = MakeSplit(*order());
  return entry;
}

double Model::ShareOf(const std::string& version) const {
  uint32_t given_away = 0;
  uint32_t share = 0;
  for (const SplitOrder::Part& part : order().has_value() ? order()->parts : std::vector<SplitOrder::Part>()) {
    if (Routable(part.version) == nullptr) continue;  // stable has it
    given_away += part.share;
    if (part.version == version) share += part.share;
  }
  if (version == live) share += kSlots - std::min(given_away, kSlots);
  return static_cast<double>(share) / kSlots;
}

std::shared_ptr<Servable> Model::Routable(const std::string& version) const {
  const std::shared_ptr<Version> found = Find(version);
  return found != nullptr && found->routable() ? found->servable() : nullptr;
}

std::shared_ptr<const Split> Model::MakeSplit(const SplitOrder& order) const {
  auto made = std::make_shared<Split>();
  std::vector<uint32_t> shares;
  for (const SplitOrder::Part& part : order.parts) {
    made->parts.push_back({Routable(part.version), part.share});
    shares.push_back(part.share);
  }
  made->slots = AssignSlots(shares);
  made->seed = SplitSeed(config.name, order.salt);
  made->sequence = order.sequence;
  made->internal = Routable(order.internal);
  made->fallback = Routable(order.fallback);
  made->patience = order.patience;
  made->shadow = Routable(order.shadow);
  made->shadow_share = order.shadow_share;
  made->shadow_sequence = order.shadow_sequence;
  return made;
}

}  // namespace huidu::front
