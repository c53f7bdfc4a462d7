// How rollouts begin by themselves: from the configuration, and from what an earlier process left.
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "front/rollout/active_rollout.h"
#include "front/rollout/rollout_manager.h"

namespace huidu::front {

using boost::asio::awaitable;
using nlohmann::json;

namespace {

constexpr char kFollowedPrefix[] = "followed/";

}  // namespace

void RolloutManager::FollowConfiguration() {
  if (!running_ || stopped_) return;
  for (const ModelInfo& model : versions_.Models()) {
    const config::ModelConfig* const config = versions_.Config(model.name);
    if (config != nullptr && !config->rollout_json.empty()) StartConfigured(*config);
  }
}

void RolloutManager::StartConfigured(const config::ModelConfig& model) {
  const json request = json::parse(model.rollout_json, nullptr, /*allow_exceptions=*/false);
  const std::string candidate = request.is_object() ? request.value("candidate", "") : "";
  const auto version = versions_.FindVersion(model.name, candidate);
  if (!version || candidate == versions_.LiveVersion(model.name) || Active(model.name) != nullptr) return;
  const std::string key = StrCat(kFollowedPrefix, model.name);
  const std::string wish = StrCat(version->content_hash, " ", model.rollout_json);
  const auto followed = store_.List(key);
  if (followed.ok() && followed->contains(key) && followed->at(key) == wish) return;
  if (!Start(model.name, request, {"config", "the configuration asks for it"}).ok()) return;  // the audit says why
  if (const absl::Status status = store_.Put(key, wish); !status.ok()) {
    log::Error("a restart will begin this rollout again",
               {{"model", model.name}, {"reason", std::string(Text(status))}});
  }
}

awaitable<void> RolloutManager::Restore() {
  baselines_.Restore(std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
  checks_.Restore();
  const auto kept = store_.List(kRolloutPrefix);
  if (!kept.ok()) {
    log::Error("stored rollouts cannot be read", {{"reason", std::string(Text(kept.status()))}});
    co_return;
  }
  for (const auto& [key, text] : *kept) {
    absl::StatusOr<std::unique_ptr<RolloutRecord>> record =
        RecordFromJson(json::parse(text, nullptr, /*allow_exceptions=*/false));
    if (!record.ok()) {
      log::Error("a stored rollout cannot be read; stable keeps the traffic",
                 {{"key", key}, {"reason", std::string(Text(record.status()))}});
      continue;
    }
    co_await RestoreRollout(*std::move(record));
  }
  for (const ModelInfo& model : versions_.Models()) {
    if (model.live.empty()) co_await RestoreStable(model.name);
  }
}

awaitable<void> RolloutManager::RestoreRollout(std::unique_ptr<RolloutRecord> record) {
  const std::string model = record->model;
  if (versions_.Config(model) == nullptr) co_return;
  auto restored = std::make_unique<Rollout>(std::move(record));
  Rollout& rollout = *(rollouts_[model] = std::move(restored));
  if (rollout.ended()) co_return;
  const RolloutRecord::VersionRef candidate = rollout.record->candidate;
  if (!versions_.FindVersion(model, candidate.version)) {
    const Requester self{kSelf, "its rollout goes on after a restart"};
    (void)co_await versions_.Load(model, candidate.version, candidate.path, self);
  }
  if (stopped_) co_return;
  if (rollout.decision.route.promoted) SteerTraffic(rollout);
  Watch(rollout);
  log::Info("rollout goes on", {{"model", model},
                                {"candidate", candidate.version},
                                {"phase", std::string(Name(rollout.record->state.phase))},
                                {"stage", rollout.decision.stage}});
  Step(rollout, {});
}

// The configuration names only what was rolled back: what answered instead then answers again.
awaitable<void> RolloutManager::RestoreStable(std::string model) {
  const std::vector<Quarantine::Entry> entries = quarantine_.List(model);
  for (const Quarantine::Entry& entry : entries) {
    if (entry.stable_path.empty()) continue;
    const Requester self{kSelf, StrCat("the configured version ", entry.version, " is quarantined: ", entry.reason)};
    const std::string version = entry.stable_version, path = entry.stable_path;
    if (!versions_.FindVersion(model, version)) (void)co_await versions_.Load(model, version, path, self);
    const absl::Status status = co_await versions_.SwitchTo(model, version, self);
    if (!status.ok()) continue;
    RewriteConfiguration(model, entry.path, path);
    co_return;
  }
}

}  // namespace huidu::front
