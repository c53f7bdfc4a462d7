#include "front/rollout/quarantine.h"

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;

constexpr char kPrefix[] = "quarantine/";

std::string KeyOf(const std::string& model, const std::string& hash) { return StrCat(model, "/", hash); }

json ToJson(const Quarantine::Entry& entry) {
  return {{"model", entry.model},
          {"content_hash", entry.content_hash},
          {"version", entry.version},
          {"path", entry.path},
          {"stable_version", entry.stable_version},
          {"stable_path", entry.stable_path},
          {"time", entry.time},
          {"reason", entry.reason}};
}

Quarantine::Entry FromJson(const json& document) {
  const auto text = [&](const char* name) {
    const auto found = document.find(name);
    return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return {text("model"),          text("content_hash"), text("version"), text("path"),
          text("stable_version"), text("stable_path"),  text("time"),    text("reason")};
}

void Log(const absl::Status& status) {
  if (!status.ok()) log::Error("quarantine is kept in memory only", {{"reason", std::string(Text(status))}});
}

}  // namespace

void Quarantine::Restore() {
  const auto kept = store_.List(kPrefix);
  if (!kept.ok()) return Log(kept.status());
  for (const auto& [key, text] : *kept) {
    const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object()) continue;
    entries_[key.substr(sizeof(kPrefix) - 1)] = FromJson(document);
  }
}

void Quarantine::Add(Entry entry) {
  const std::string key = KeyOf(entry.model, entry.content_hash);
  Log(store_.Put(StrCat(kPrefix, key), ToJson(entry).dump()));
  entries_[key] = std::move(entry);
}

absl::Status Quarantine::Clear(const std::string& model, const std::string& content_hash) {
  const std::string key = KeyOf(model, content_hash);
  if (entries_.erase(key) == 0) {
    return absl::NotFoundError(StrCat("model '", model, "' has no quarantined content ", content_hash));
  }
  return store_.Delete(StrCat(kPrefix, key));
}

std::optional<Quarantine::Entry> Quarantine::Find(const std::string& model, const std::string& content_hash) const {
  const auto found = entries_.find(KeyOf(model, content_hash));
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

std::vector<Quarantine::Entry> Quarantine::List(const std::string& model) const {
  std::vector<Entry> list;
  for (const auto& [key, entry] : entries_) {
    if (entry.model == model) list.push_back(entry);
  }
  return list;
}

absl::Status Quarantine::MayServe(const std::string& model, const std::string& content_hash) const {
  const std::optional<Entry> entry = Find(model, content_hash);
  if (!entry) return absl::OkStatus();
  return absl::FailedPreconditionError(StrCat("these files are quarantined: as version ", entry->version, " of model '",
                                              model, "' they were rolled back at ", entry->time, " (", entry->reason,
                                              "). Other files, or `huidu rollout clear ", model, " ", entry->version,
                                              "`, let it serve again; nothing was changed"));
}

}  // namespace huidu::front
