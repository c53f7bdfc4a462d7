#include "front/rollout/stored_live_choices.h"

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;

constexpr char kPrefix[] = "live/";

json ToJson(const VersionRef& ref) {
  return {{"version", ref.version}, {"path", ref.path}, {"content_hash", ref.content_hash}};
}

// Empty where there is none.
std::string TextAt(const json& document, const char* name) {
  const auto found = document.find(name);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

VersionRef RefAt(const json& document, const char* name) {
  const json ref = document.value(name, json::object());
  return {TextAt(ref, "version"), TextAt(ref, "path"), TextAt(ref, "content_hash")};
}

}  // namespace

void StoredLiveChoices::Restore() {
  const auto kept = store_.List(kPrefix);
  if (!kept.ok()) {
    log::Error("what was made live cannot be read; what base_path names will be",
               {{"reason", std::string(Text(kept.status()))}});
    return;
  }
  for (const auto& [key, text] : *kept) {
    const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object()) {
      log::Error("what was made live cannot be read; what base_path names will be", {{"key", key}});
      continue;
    }
    choices_[key.substr(sizeof(kPrefix) - 1)] = {TextAt(document, "base_path"), RefAt(document, "configured"),
                                                 RefAt(document, "live"), TextAt(document, "since")};
  }
}

std::optional<LiveChoice> StoredLiveChoices::Find(const std::string& model) const {
  const auto found = choices_.find(model);
  if (found == choices_.end()) return std::nullopt;
  return found->second;
}

void StoredLiveChoices::Keep(const std::string& model, std::optional<LiveChoice> choice) {
  if (!choice && !choices_.contains(model)) return;
  const std::string key = StrCat(kPrefix, model);
  absl::Status status;
  if (choice) {
    const json document = {{"base_path", choice->base_path},
                           {"configured", ToJson(choice->configured)},
                           {"live", ToJson(choice->live)},
                           {"since", choice->since}};
    // Paths may hold bytes that are not UTF-8.
    status = store_.Put(key, document.dump(-1, ' ', false, json::error_handler_t::replace));
    choices_[model] = *std::move(choice);
  } else {
    status = store_.Delete(key);
    choices_.erase(model);
  }
  if (status.ok()) return;
  log::Error("what is live is kept in memory only: a restart would not know it",
             {{"model", model}, {"reason", std::string(Text(status))}});
}

}  // namespace huidu::front
