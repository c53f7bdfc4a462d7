#include "front/versions/version_manager.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/program.h"
#include "base/status.h"
#include "base/strings.h"
#include "config/diff.h"
#include "front/supervisor/event.h"
#include "front/versions/allowed_change.h"
#include "front/versions/inspector.h"
#include "front/versions/make_routing_rules.h"
#include "front/versions/staged_model.h"
#include "repository/find_versions.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;

std::string ResultText(const absl::Status& status, TimePoint start) {
  if (!status.ok()) return std::string(status.message());
  return absl::StrFormat("ok in %.3f ms", std::chrono::duration<double, std::milli>(Now() - start).count());
}

bool SameSettings(const config::ModelConfig& from, const config::ModelConfig& to) {
  return config::Diff(config::ServerConfig{.models = {from}}, config::ServerConfig{.models = {to}}).empty();
}

}  // namespace

class VersionManager::Impl {
 public:
  Impl(boost::asio::io_context& control, std::vector<boost::asio::io_context*> io, Options options, TableHolder& tables,
       ChangeLog& log)
      : context_{control, std::move(io), std::move(options), [this] { Publish(); }},
        tables_(tables),
        log_(log),
        applying_(control),
        stopped_(control) {
    Options& programs = context_.options;
    if (programs.worker_program.empty()) programs.worker_program = ProgramBeside("huidu-worker");
    if (programs.inspect_program.empty()) programs.inspect_program = ProgramBeside("huidu");
  }

  awaitable<absl::Status> Apply(config::ServerConfig config, Requester requester) {
    const AsyncMutex::Guard guard = co_await applying_.Lock();
    if (stopping_) co_return absl::UnavailableError("the server is stopping");
    const TimePoint start = Now();
    const std::string before = LiveText();
    const bool first = reload_.generation == 0;
    std::vector<Staged> staged;
    absl::Status status;
    std::vector<std::string> without;
    for (const config::ModelConfig& wanted : config.models) {
      Staged& model = staged.emplace_back(Staged{.config = wanted});
      const absl::Status failed = co_await Stage(model);
      if (failed.ok()) continue;
      status = failed;
      log::Error("model was not made live", {{"model", wanted.name}, {"reason", std::string(status.message())}});
      // The first configuration serves what it can: one broken model must not keep the others down.
      if (!first) break;
      model.failed = failed;
      if (ChoiceOf(model)) model.choice_lost = co_await StageChoice(model);
      without.push_back(StrCat("started without model '", wanted.name, "': ", Text(failed)));
    }
    if (!first && status.ok()) status = CheckStaged(staged);
    if (!without.empty()) status = absl::Status(status.code(), absl::StrJoin(without, "\n"));
    for (auto& [name, model] : models_) model.staged.clear();
    if (!status.ok() && !first) {
      for (Staged& model : staged) co_await Discard(model);
    } else {
      Commit(config, staged);
    }
    reload_.refused = !first && !status.ok();
    if (!reload_.refused) reload_.warning = WarningsOf(staged);
    RecordReload(status, requester, before, start);
    co_return status;
  }

  void RecordRefusedReload(const absl::Status& why, const Requester& requester) {
    reload_.refused = true;
    RecordReload(why, requester, LiveText(), Now());
  }

  void AddModel(config::ModelConfig config) {
    Model& model = models_[config.name];
    model.config = std::move(config);
    ++reload_.generation;
    Publish();
  }

  awaitable<absl::Status> Load(std::string model_name, std::string id, std::string path, Requester requester) {
    const TimePoint start = Now();
    absl::Status status =
        stopping_ ? absl::UnavailableError("the server is stopping") : CheckLoad(models_, model_name, id);
    if (status.ok()) {
      Model& model = models_.at(model_name);
      auto version = std::make_shared<Version>(context_, model.config, id, path, "api");
      model.versions[id] = version;
      status = co_await version->Bring();
      // A failed version holds no process; it stays listed with its reason until it is loaded again or unloaded.
    }
    Record("load", model_name, requester, "", StrCat(id, " (", path, ")"), ResultText(status, start));
    co_return status;
  }

  awaitable<absl::Status> SwitchTo(std::string model_name, std::string id, Requester requester) {
    const TimePoint start = Now();
    const auto found = models_.find(model_name);
    const std::string before = found == models_.end() ? "" : found->second.live;
    const absl::Status status = MayGoLive(model_name, id);
    if (status.ok()) {
      found->second.MakeLive(id);
      context_.serving = true;
      Publish();
      Remember(found->second);
    }
    Record("switch", model_name, requester, before, id, ResultText(status, start));
    if (status.ok()) RetireSurplus(found->second);
    co_return status;
  }

  awaitable<absl::Status> Unload(std::string model_name, std::string id, Requester requester) {
    const TimePoint start = Now();
    absl::Status status = CheckUnload(models_, model_name, id);
    if (status.ok()) co_await Remove(models_.at(model_name), id);
    Record("unload", model_name, requester, id, "", ResultText(status, start));
    co_return status;
  }

  absl::Status SetTraffic(const std::string& model_name, Traffic traffic) {
    const auto found = models_.find(model_name);
    if (found == models_.end()) return absl::NotFoundError(StrCat("model '", model_name, "' is unknown"));
    Model& model = found->second;
    const bool other = traffic.live != model.live;
    if (other) {
      HUIDU_RETURN_IF_ERROR(MayGoLive(model_name, traffic.live));
      model.MakeLive(traffic.live);
    }
    model.split = std::move(traffic.split);
    model.pinned = std::move(traffic.pinned);
    Publish();
    if (other) Remember(model);
    RetireSurplus(model);
    return absl::OkStatus();
  }

  const config::ModelConfig* Config(const std::string& model) const {
    const auto found = models_.find(model);
    return found == models_.end() ? nullptr : &found->second.config;
  }

  std::string LiveVersion(const std::string& model) const {
    const auto found = models_.find(model);
    return found == models_.end() ? std::string() : found->second.live;
  }

  std::shared_ptr<Version> FindVersion(const std::string& model, const std::string& version) const {
    const auto found = models_.find(model);
    return found == models_.end() ? nullptr : found->second.Find(version);
  }

  void StopAccepting() {
    stopping_ = true;
    Publish();
  }

  awaitable<void> Stop(std::chrono::milliseconds timeout) {
    StopAccepting();
    const TimePoint deadline = Now() + timeout;
    for (auto& [name, model] : models_) {
      for (auto& [id, version] : model.versions) {
        Retire(version, std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Now()));
      }
    }
    while (retiring_ > 0) co_await stopped_.Wait(TimePoint::max());
  }

  std::vector<ModelInfo> Models() const {
    std::vector<ModelInfo> all;
    for (const auto& [name, model] : models_) all.push_back(Info(model));
    return all;
  }
  std::optional<ModelInfo> Find(const std::string& name) const {
    const auto found = models_.find(name);
    if (found == models_.end()) return std::nullopt;
    return Info(found->second);
  }
  const ReloadInfo& reload_info() const { return reload_; }

 private:
  using Staged = StagedModel;

  awaitable<absl::Status> Stage(Staged& staged) {
    const config::ModelConfig& config = staged.config;
    absl::StatusOr<std::shared_ptr<const RoutingRules>> rules = MakeRoutingRules(config.routing);
    if (!rules.ok()) co_return Annotate(rules.status(), StrCat("model '", config.name, "': routing"));
    staged.rules = *std::move(rules);
    absl::StatusOr<repository::ModelVersions> found = repository::FindModelVersions(config);
    if (!found.ok()) co_return found.status();  // names the model
    staged.found = *std::move(found);
    absl::Status status;
    for (const repository::FoundVersion& wanted : staged.found.versions) {
      if (wanted.id == staged.found.live) staged.configured = {wanted.id, wanted.path, ""};
      status = co_await StageVersion(staged, wanted);
      if (!status.ok()) break;
    }
    if (status.ok()) status = co_await StageLive(staged);
    if (!status.ok()) {
      co_await Discard(staged);
      co_return status;
    }
    const auto known = models_.find(config.name);
    staged.untouched = known != models_.end() && staged.fresh.empty() && SameSettings(known->second.config, config) &&
                       known->second.wanted == staged.WantedIds();
    co_return status;
  }

  awaitable<absl::Status> StageVersion(Staged& staged, const repository::FoundVersion& wanted) {
    std::shared_ptr<Version> version = LoadedVersion(staged.config.name, wanted.id);
    if (version != nullptr) models_.at(staged.config.name).staged.insert(wanted.id);
    absl::Status status;
    if (version == nullptr || !co_await CanStay(*version, wanted, staged)) {
      version = std::make_shared<Version>(context_, staged.config, wanted.id, wanted.path, "config");
      staged.fresh.push_back(version);
      status = co_await version->Bring();
    }
    if (wanted.id == staged.found.live) staged.configured.content_hash = version->content_hash();
    co_return status;
  }

  // What is to be live must be there and be allowed to: what was chosen, if that holds, else what the file names.
  awaitable<absl::Status> StageLive(Staged& staged) {
    if (ChoiceOf(staged)) {
      const absl::Status status = co_await StageChoice(staged);
      if (status.ok()) co_return status;
      if (reload_.generation > 0) {
        co_return absl::Status(status.code(), StrCat("model '", staged.config.name, "': ", Text(status),
                                                     ". To leave this version: huidu switch, or another base_path"));
      }
      staged.choice_lost = status;
    }
    const std::string& id = staged.configured.version;
    const std::shared_ptr<Version> version = FindStaged(staged, id);
    const bool stays = LiveVersion(staged.config.name) == id && staged.Fresh(id) == nullptr;
    co_return stays || version == nullptr ? absl::OkStatus() : MayServe(staged.config.name, *version);
  }

  // The version that a promotion, a switch or a rollback made live, with this configuration's settings.
  awaitable<absl::Status> StageChoice(Staged& staged) {
    const std::optional<LiveChoice> choice = ChoiceOf(staged);
    const VersionRef& wanted = choice->live;
    std::shared_ptr<Version> version = FindStaged(staged, wanted.version);
    const bool fits = version != nullptr && version->routable() && version->content_hash() == wanted.content_hash &&
                      !config::NeedsNewWorkers(version->config(), staged.config);
    const std::shared_ptr<Version> fresh = staged.Fresh(wanted.version);
    const bool brings = !fits && (fresh == nullptr || fresh->state() == VersionState::kFailed);
    if (fits && LoadedVersion(staged.config.name, wanted.version) == version) {
      models_.at(staged.config.name).staged.insert(wanted.version);
    }
    absl::Status status;
    if (brings) {
      version = std::make_shared<Version>(context_, staged.config, wanted.version, wanted.path, "api");
      status = co_await version->Bring();
    }
    if (status.ok() && version->content_hash() != wanted.content_hash) {
      status = absl::FailedPreconditionError(StrCat("the files of ", version->path(), " are not those that were live"));
    }
    const bool is_live = LiveVersion(staged.config.name) == wanted.version;
    if (status.ok() && !is_live) status = MayServe(staged.config.name, *version);
    if (brings && status.ok()) {
      std::erase(staged.fresh, fresh);
      staged.fresh.push_back(version);
    }
    if (brings && !status.ok()) co_await version->Retire(std::chrono::milliseconds(0));
    if (!status.ok()) status = Annotate(status, StrCat("version ", wanted.version, ", live since ", choice->since));
    co_return status;
  }

  // What was chosen to be live, if the staged configuration leaves it at that.
  std::optional<LiveChoice> ChoiceOf(const Staged& staged) const {
    const LiveChoices* const choices = context_.options.live_choices;
    std::optional<LiveChoice> choice = choices == nullptr ? std::nullopt : choices->Find(staged.config.name);
    if (choice && !choice->Holds(staged.config.base_path, staged.configured)) choice.reset();
    return choice;
  }

  std::shared_ptr<Version> LoadedVersion(const std::string& model, const std::string& id) const {
    const auto known = models_.find(model);
    return known == models_.end() ? nullptr : known->second.Find(id);
  }

  // As it will be once the configuration is live: a fresh version takes the place of a loaded one.
  std::shared_ptr<Version> FindStaged(const Staged& staged, const std::string& id) const {
    const std::shared_ptr<Version> fresh = staged.Fresh(id);
    return fresh != nullptr ? fresh : LoadedVersion(staged.config.name, id);
  }

  // Whether a loaded version is what the configuration asks for: same folder, same settings, same content.
  awaitable<bool> CanStay(const Version& version, const repository::FoundVersion& wanted, Staged& staged) {
    const config::ModelConfig& config = staged.config;
    if (!version.routable() || version.path() != wanted.path) co_return false;
    if (config::NeedsNewWorkers(version.config(), config)) co_return false;
    const auto inspection = co_await RunInspect(context_.control, context_.options.inspect_program, wanted.path,
                                                config.load_timeout, context_.serving);
    if (inspection.ok()) co_return inspection->content_hash == version.content_hash();
    // Damaged or half-copied files: the loaded version is the better one, and loading it anew would fail. To refuse the
    // reload for it would keep changes of other models out while this one is in trouble.
    staged.warnings.push_back(StrCat(
        "model '", config.name, "': version ", version.id(), " stays as it was loaded, as its files cannot be used: ",
        Text(inspection.status()), version.state() == VersionState::kRecovering ? ". It is RECOVERING and down" : "",
        ". Put the files back, or make another version live: without them no worker of it can be started again"));
    co_return true;
  }

  // While later models were loaded, what is to be live of an earlier one may have gone down. A version that is live
  // already stays, also while it recovers; another one must be up.
  absl::Status CheckStaged(const std::vector<Staged>& staged) const {
    for (const Staged& model : staged) {
      const std::optional<LiveChoice> choice = ChoiceOf(model);
      const std::string& id = choice ? choice->live.version : model.found.live;
      const std::shared_ptr<Version> version = FindStaged(model, id);
      const bool stays = LiveVersion(model.config.name) == id && model.Fresh(id) == nullptr;
      const VersionState state = version == nullptr ? VersionState::kUnloaded : version->state();
      if (model.untouched || state == VersionState::kReady || (stays && version != nullptr && version->routable())) {
        continue;
      }
      return absl::UnavailableError(StrCat(
          "model '", model.config.name, "': version ", id, " is to be live and is ", Name(state),
          ", not READY; nothing was changed. Reload again when `huidu status` shows it READY, or unload it first"));
    }
    return absl::OkStatus();
  }

  static std::string WarningsOf(const std::vector<Staged>& staged) {
    std::vector<std::string> warnings;
    for (const Staged& model : staged) warnings.insert(warnings.end(), model.warnings.begin(), model.warnings.end());
    for (const std::string& warning : warnings) log::Warning("configuration is live, but", {{"reason", warning}});
    return absl::StrJoin(warnings, "\n");
  }

  // In the first configuration what failed stays listed with its reason; it holds no process.
  awaitable<void> Discard(Staged& staged) {
    std::vector<std::shared_ptr<Version>> failed;
    for (auto& version : staged.fresh) {
      if (reload_.generation == 0 && version->state() == VersionState::kFailed) {
        failed.push_back(version);
      } else {
        co_await version->Retire(std::chrono::milliseconds(0));
      }
    }
    staged.fresh = std::move(failed);
  }

  // No waiting in here: requests see the old configuration or the new one.
  void Commit(const config::ServerConfig& config, std::vector<Staged>& staged) {
    committing_ = true;
    for (auto it = models_.begin(); it != models_.end();) {
      if (config.Find(it->first) != nullptr) {
        ++it;
        continue;
      }
      for (auto& [id, version] : it->second.versions) Retire(version, it->second.config.drain_timeout);
      if (context_.options.live_choices != nullptr) context_.options.live_choices->Keep(it->first, std::nullopt);
      it = models_.erase(it);
    }
    for (Staged& next : staged) {
      if (!next.untouched) CommitModel(next);
      // Also where the entry is as it was: it may name files with users and tokens.
      if (next.rules != nullptr) models_.at(next.config.name).rules = next.rules;
    }
    ++reload_.generation;
    context_.serving = true;
    committing_ = false;
    Publish();
    for (Staged& next : staged) {
      RetireSurplus(models_.at(next.config.name));
      if (!next.untouched) RememberCommitted(next);
    }
    if (context_.options.applied) context_.options.applied();
  }

  void CommitModel(Staged& next) {
    Model& model = models_[next.config.name];
    model.config = next.config;
    model.wanted = next.WantedIds();
    for (auto& version : next.fresh) {
      std::shared_ptr<Version>& place = model.versions[version->id()];
      if (place != nullptr) Retire(place, next.config.drain_timeout);
      place = version;
    }
    for (auto& [id, version] : model.versions) {
      if (!config::NeedsNewWorkers(version->config(), next.config)) version->Reconfigure(next.config);
    }
    model.TakeWeights();
    model.configured = next.configured;
    model.problem = std::string(Text(next.failed));
    // Asked again: it may have changed while versions were loaded.
    const std::optional<LiveChoice> choice = ChoiceOf(next);
    const std::shared_ptr<Version> chosen = choice ? model.Find(choice->live.version) : nullptr;
    const bool keep = next.choice_lost.ok() && chosen != nullptr && chosen->routable() &&
                      chosen->content_hash() == choice->live.content_hash;
    // In the first configuration that is where a rollback goes.
    if (next.failed.ok() && (!keep || model.history.empty())) model.MakeLive(next.found.live);
    if (keep) model.MakeLive(choice->live.version);
  }

  // Tells why something else is live than what the file names, or why it is not any more.
  void RememberCommitted(const Staged& next) {
    const Model& model = models_.at(next.config.name);
    if (const std::optional<LiveChoice> choice = ChoiceOf(next)) {
      const bool kept = model.live == choice->live.version;
      const std::string_view why_not = next.choice_lost.ok() ? "it is not ready" : Text(next.choice_lost);
      const std::string result =
          kept ? "ok" : StrCat(model.live.empty() ? "nothing" : model.live, " is live: ", why_not);
      const std::string why = choice->Why(next.config.name);
      log::Write(kept ? log::Level::kInfo : log::Level::kError,
                 kept ? "live as before, not as base_path says" : "what was live before cannot be",
                 {{"model", next.config.name}, {"result", result}, {"reason", why}});
      Record("keep-live", next.config.name, {"huidu", why}, choice->configured.version, choice->live.version, result);
    }
    Remember(model);
  }

  // So that a reload or the next process makes the same version live.
  void Remember(const Model& model) {
    LiveChoices* const choices = context_.options.live_choices;
    const std::shared_ptr<Version> live = model.Find(model.live);
    if (choices == nullptr || live == nullptr || model.configured.version.empty()) return;
    const std::string& name = model.config.name;
    if (model.live == model.configured.version) return choices->Keep(name, std::nullopt);
    const VersionRef ref{live->id(), live->path(), live->content_hash()};
    const std::optional<LiveChoice> known = choices->Find(name);
    if (known && known->live == ref && known->Holds(model.config.base_path, model.configured)) return;
    choices->Keep(name, LiveChoice{model.config.base_path, model.configured, ref, UtcTimestamp()});
  }

  absl::Status MayGoLive(const std::string& model_name, const std::string& id) const {
    HUIDU_RETURN_IF_ERROR(CheckSwitch(models_, model_name, id));
    return MayServe(model_name, *models_.at(model_name).Find(id));
  }

  absl::Status MayServe(const std::string& model_name, const Version& version) const {
    const auto& may_serve = context_.options.may_serve;
    return may_serve ? may_serve(model_name, version.content_hash()) : absl::OkStatus();
  }

  // Drains a version that is still listed, then takes it off the list.
  awaitable<void> Remove(Model& model, std::string id) {
    const std::shared_ptr<Version> version = model.Find(id);
    const std::string name = model.config.name;
    co_await version->Retire(model.config.drain_timeout);
    const auto still = models_.find(name);
    if (still == models_.end() || still->second.Find(id) != version) co_return;
    still->second.versions.erase(id);
    Publish();
  }

  void RetireSurplus(Model& model) {
    for (const std::shared_ptr<Version>& version : model.Surplus()) {
      if (version->state() == VersionState::kDraining) continue;
      Background(Remove(model, version->id()));
    }
  }

  // For a version that is off the list already, or whose list goes too.
  void Retire(const std::shared_ptr<Version>& version, std::chrono::milliseconds timeout) {
    Background([](std::shared_ptr<Version> old, std::chrono::milliseconds limit) -> awaitable<void> {
      co_await old->Retire(limit);
    }(version, std::max(timeout, std::chrono::milliseconds(0))));
  }

  void Background(awaitable<void> work) {
    ++retiring_;
    boost::asio::co_spawn(context_.control, std::move(work), [this](std::exception_ptr) {
      --retiring_;
      stopped_.Notify();
    });
  }

  void Publish() {
    if (committing_) return;
    auto table = std::make_shared<ServingTable>();
    table->generation = ++published_;
    table->accepting = reload_.generation > 0 && !stopping_;
    for (const auto& [name, model] : models_) table->models[name] = model.Entry();
    tables_.Publish(std::move(table));
  }

  void Record(const std::string& action, const std::string& model, const Requester& requester, std::string before,
              std::string after, std::string result) {
    (void)log_.Record(
        {action, model, requester.actor, requester.reason, std::move(before), std::move(after), std::move(result)});
  }

  void RecordReload(const absl::Status& status, const Requester& requester, const std::string& before,
                    TimePoint start) {
    reload_.failures += status.ok() ? 0 : 1;
    reload_.last_error = std::string(Text(status));
    reload_.last_reload_time = UtcTimestamp();
    std::string result = ResultText(status, start);
    if (status.ok() && !reload_.warning.empty()) StrAppend(&result, ", but ", reload_.warning);
    Record("reload", "", requester, before, LiveText(), std::move(result));
  }

  std::string LiveText() const {
    return absl::StrJoin(models_, ", ", [](std::string* out, const auto& model) {
      StrAppend(out, model.first, "=", model.second.live.empty() ? "none" : model.second.live);
    });
  }

  static ModelInfo Info(const Model& model) {
    ModelInfo info{.name = model.config.name,
                   .live = model.live,
                   .previous = model.Previous(),
                   .configured = model.configured.version,
                   .message = model.Problem()};
    for (const auto& [id, version] : model.versions) {
      info.versions.push_back(version->Info());
      info.versions.back().live = id == model.live;
      info.versions.back().traffic_share = model.ShareOf(id);
    }
    info.feedback = model.feedback;
    return info;
  }

  VersionContext context_;
  TableHolder& tables_;
  ChangeLog& log_;
  AsyncMutex applying_;
  Event stopped_;
  ModelsByName models_;
  ReloadInfo reload_;
  uint64_t published_ = 0;
  int retiring_ = 0;
  bool committing_ = false;
  bool stopping_ = false;
};

VersionManager::VersionManager(boost::asio::io_context& control, std::vector<boost::asio::io_context*> io,
                               Options options, TableHolder& tables, ChangeLog& log)
    : impl_(std::make_unique<Impl>(control, std::move(io), std::move(options), tables, log)) {}
VersionManager::~VersionManager() = default;

awaitable<absl::Status> VersionManager::Apply(config::ServerConfig config, Requester requester) {
  return impl_->Apply(std::move(config), std::move(requester));
}
void VersionManager::RecordRefusedReload(const absl::Status& why, const Requester& requester) {
  impl_->RecordRefusedReload(why, requester);
}
void VersionManager::AddModel(config::ModelConfig config) { impl_->AddModel(std::move(config)); }
awaitable<absl::Status> VersionManager::Load(std::string model, std::string version, std::string path,
                                             Requester requester) {
  return impl_->Load(std::move(model), std::move(version), std::move(path), std::move(requester));
}
awaitable<absl::Status> VersionManager::SwitchTo(std::string model, std::string version, Requester requester) {
  return impl_->SwitchTo(std::move(model), std::move(version), std::move(requester));
}
awaitable<absl::Status> VersionManager::Unload(std::string model, std::string version, Requester requester) {
  return impl_->Unload(std::move(model), std::move(version), std::move(requester));
}
absl::Status VersionManager::SetTraffic(const std::string& model, Traffic traffic) {
  return impl_->SetTraffic(model, std::move(traffic));
}
const config::ModelConfig* VersionManager::Config(const std::string& model) const { return impl_->Config(model); }
std::string VersionManager::LiveVersion(const std::string& model) const { return impl_->LiveVersion(model); }
std::shared_ptr<Version> VersionManager::FindVersion(const std::string& model, const std::string& version) const {
  return impl_->FindVersion(model, version);
}
void VersionManager::StopAccepting() { impl_->StopAccepting(); }
awaitable<void> VersionManager::Stop(std::chrono::milliseconds timeout) { return impl_->Stop(timeout); }
std::vector<ModelInfo> VersionManager::Models() const { return impl_->Models(); }
std::optional<ModelInfo> VersionManager::Find(const std::string& model) const { return impl_->Find(model); }
const ReloadInfo& VersionManager::reload_info() const { return impl_->reload_info(); }

}  // namespace huidu::front
