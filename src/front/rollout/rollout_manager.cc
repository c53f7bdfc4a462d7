#include "front/rollout/rollout_manager.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "absl/strings/str_format.h"
#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "front/rollout/active_rollout.h"
#include "front/rollout/rescue.h"
#include "front/supervisor/memory_usage.h"
#include "rollout/policy_json.h"
#include "rollout/state_json.h"
#include "rollout/validate.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;
using nlohmann::json;
using rollout::CommandKind;
using rollout::EventKind;
using rollout::Phase;

// Failures that come close together are looked at together.
constexpr std::chrono::milliseconds kBetweenAlarms{5};
// A kill of the process costs at most this much of what was measured.
constexpr std::chrono::seconds kBetweenSaves{1};
// And of the baselines this much.
constexpr std::chrono::seconds kBetweenBaselines{5};
constexpr int kGpuPeriods = 3;  // older figures of the GPU are none

rollout::Time CalendarNow() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string NewSalt() {
  std::random_device random;
  return absl::StrFormat("%08x%08x", random(), random());
}

double Megabytes(uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

// For who wants something else of the model meanwhile.
std::string RunningText(const RolloutRecord& record) {
  return StrCat("a rollout of ", record.candidate.version, " to model '", record.model, "' is ",
                Name(record.state.phase), ", started by ", record.started_by, " at ", record.started_at);
}

RolloutRecord::VersionRef RefOf(const RolloutVersions::Found& version) {
  return {version.id, version.path, version.content_hash};
}

}  // namespace

RolloutManager::RolloutManager(boost::asio::io_context& control, RolloutVersions& versions, state::Store& store,
                               Quarantine& quarantine, ChangeLog& log, Options options)
    : control_(control),
      versions_(versions),
      store_(store),
      quarantine_(quarantine),
      log_(log),
      options_(std::move(options)),
      wake_(control),
      baselines_(store),
      checks_(store, options_.calendar ? options_.calendar : CalendarNow) {}

RolloutManager::~RolloutManager() = default;

void RolloutManager::Begin() {
  running_ = true;
  boost::asio::co_spawn(control_, Loop(), boost::asio::detached);
  FollowConfiguration();
}

void RolloutManager::Stop() {
  stopped_ = true;
  *alive_ = false;
  for (auto& [model, rollout] : rollouts_) {
    Unwatch(*rollout);
    if (!rollout->ended()) Save(*rollout);
  }
  GatherBaselines();
  wake_.Notify();
}

awaitable<void> RolloutManager::Loop() {
  while (!stopped_) {
    if (baselines_due_ <= Now()) GatherBaselines();
    TimePoint next = baselines_due_;
    for (auto& [model, rollout] : rollouts_) {
      if (rollout->ended()) continue;
      if (rollout->due <= Now()) Step(*rollout, {});
      if (!rollout->ended()) next = std::min(next, rollout->due);
    }
    if (next > Now()) co_await wake_.Wait(next);
  }
}

// Of models without a rollout; the others' periods are taken at each step.
void RolloutManager::GatherBaselines() {
  baselines_due_ = Now() + kBetweenBaselines;
  for (const ModelInfo& model : versions_.Models()) {
    if (Active(model.name) == nullptr && !model.live.empty()) {
      AddToBaseline(model.name, model.live, TakePeriod(model.name, model.live));
    }
  }
  baselines_.Save();
}

void RolloutManager::AddToBaseline(const std::string& model, const std::string& id, const health::Period& period) {
  const auto version = versions_.FindVersion(model, id);
  if (version) baselines_.Add(model, version->content_hash, period, CalendarNow());
}

// ---- Orders ----

absl::Status RolloutManager::Start(const std::string& model, const json& request, Requester requester) {
  GatherBaselines();
  absl::StatusOr<std::unique_ptr<Rollout>> made = Make(model, request, requester);
  if (!made.ok()) {
    (void)log_.Record(
        {"rollout-start", model, requester.actor, requester.reason, "", "", std::string(Text(made.status()))});
    return made.status();
  }
  Rollout& rollout = *(rollouts_[model] = *std::move(made));
  // What happened before does not count.
  (void)TakePeriod(model, rollout.record->candidate.version);
  Watch(rollout);
  const std::string text = StrCat(rollout.record->candidate.version, " against ", rollout.record->stable.version);
  (void)log_.Record({"rollout-start", model, requester.actor, requester.reason, "", text, "ok"});
  Step(rollout, {});
  wake_.Notify();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RolloutManager::Rollout>> RolloutManager::Make(const std::string& model, json request,
                                                                              const Requester& requester) const {
  if (!request.is_object()) return absl::InvalidArgumentError("expected a JSON object with the rollout's policy");
  auto record = std::make_unique<RolloutRecord>();
  if (!request.contains("stages")) request["stages"] = DefaultStages();
  HUIDU_ASSIGN_OR_RETURN(record->data_path, TakeDataPath(request));
  HUIDU_ASSIGN_OR_RETURN(record->policy, rollout::PolicyFromJson(request));
  const std::string live = versions_.LiveVersion(model);
  const std::string& candidate = record->policy.candidate;
  if (versions_.Config(model) == nullptr) return absl::NotFoundError(StrCat("model '", model, "' is unknown"));
  if (const Rollout* other = Last(model); other != nullptr && !other->ended()) {
    return absl::AlreadyExistsError(StrCat(RunningText(*other->record), ": abort it first; nothing was changed"));
  }
  const auto stable_version = versions_.FindVersion(model, live);
  const auto version = versions_.FindVersion(model, candidate);
  if (!stable_version) {
    return absl::FailedPreconditionError(StrCat("model '", model, "' has no live version to compare with"));
  }
  if (!version || version->state != VersionState::kReady) {
    return absl::FailedPreconditionError(StrCat("candidate ", candidate, " of model '", model, "' is ",
                                                !version ? "not loaded" : Name(version->state),
                                                "; load it first; nothing was changed"));
  }
  if (candidate == live) {
    return absl::FailedPreconditionError(StrCat("candidate ", candidate, " is the live version already"));
  }
  HUIDU_RETURN_IF_ERROR(quarantine_.MayServe(model, version->content_hash));
  std::vector<std::string> gates = record->policy.start_gates;
  for (const rollout::Stage& stage : record->policy.stages)
    gates.insert(gates.end(), stage.gates.begin(), stage.gates.end());
  for (const std::string& gate : gates) {
    if (!options_.gates.contains(gate)) {
      return absl::InvalidArgumentError(StrCat("gate '", gate, "' is not known to this server"));
    }
  }
  record->model = model;
  record->stable = RefOf(*stable_version);
  record->candidate = RefOf(*version);
  HUIDU_RETURN_IF_ERROR(RequireCheck(*record));
  record->salt = NewSalt();
  record->started_by = requester.actor;
  record->started_at = UtcTimestamp();
  record->state =
      rollout::Start(record->policy, CalendarNow(), baselines_.Of(model, stable_version->content_hash, CalendarNow()));
  return std::make_unique<Rollout>(std::move(record));
}

absl::Status RolloutManager::Order(const std::string& model, CommandKind kind, Requester requester) {
  return Obey(model, {kind, std::move(requester.actor), std::move(requester.reason), {}});
}

absl::Status RolloutManager::Approve(const std::string& model, std::optional<std::string> stage, Requester requester) {
  return Obey(model,
              {CommandKind::kApprove, std::move(requester.actor), std::move(requester.reason), std::move(stage)});
}

absl::Status RolloutManager::Obey(const std::string& model, rollout::Command command) {
  const auto found = rollouts_.find(model);
  if (found == rollouts_.end()) {
    return absl::FailedPreconditionError(StrCat("model '", model, "' has no rollout; nothing was changed"));
  }
  const std::vector<rollout::Event> events = Step(*found->second, {std::move(command)});
  wake_.Notify();
  for (const rollout::Event& event : events) {
    if (event.kind == EventKind::kRefused) return absl::FailedPreconditionError(event.text);
  }
  return absl::OkStatus();
}

absl::Status RolloutManager::RollBack(const std::string& model, Requester requester) {
  if (Active(model) != nullptr) return Order(model, CommandKind::kRollBack, std::move(requester));
  const std::optional<ModelInfo> info = versions_.Find(model);
  if (!info) return absl::NotFoundError(StrCat("model '", model, "' is unknown"));
  if (info->previous.empty()) {
    return absl::FailedPreconditionError(StrCat("model '", model,
                                                "' has no rollout and no loaded version that was live before ",
                                                info->live, "; nothing was changed"));
  }
  const TimePoint start = Now();
  if (const auto last = rolled_back_.find(model); last != rolled_back_.end() && start - last->second < kSameAlarm) {
    return absl::FailedPreconditionError(StrCat("model '", model, "' was rolled back ",
                                                (start - last->second) / std::chrono::seconds(1), " s ago; ",
                                                info->live, " is live now. To leave it as well: huidu switch ", model,
                                                " ", info->previous, "; nothing was changed"));
  }
  const auto left = versions_.FindVersion(model, info->live);
  const absl::Status status =
      versions_.SetTraffic(model, {.live = info->previous, .split = std::nullopt, .pinned = {info->live}});
  if (status.ok()) rolled_back_[model] = start;
  if (status.ok() && left && left->servable != nullptr) Rescue(control_, model, left->servable, log_, alive_);
  const double ms = std::chrono::duration<double, std::milli>(Now() - start).count();
  if (const auto previous = versions_.FindVersion(model, info->previous); status.ok() && left && previous) {
    RewriteConfiguration(model, left->path, previous->path);
  }
  (void)log_.Record({"rollback", model, requester.actor, requester.reason, info->live, info->previous,
                     status.ok() ? absl::StrFormat("ok in %.3f ms", ms) : std::string(Text(status))});
  return status;
}

absl::Status RolloutManager::Clear(const std::string& model, const std::string& version, Requester requester) {
  absl::Status status = absl::NotFoundError(
      StrCat("model '", model, "' has nothing in quarantine under the name or content hash '", version, "'"));
  for (const Quarantine::Entry& entry : quarantine_.List(model)) {
    if (entry.version != version && entry.content_hash != version) continue;
    status = quarantine_.Clear(model, entry.content_hash);
  }
  (void)log_.Record({"quarantine-clear", model, requester.actor, requester.reason, version, "",
                     status.ok() ? "ok" : std::string(Text(status))});
  return status;
}

absl::Status RolloutManager::MayChange(const std::string& model, const std::string& version) const {
  const Rollout* rollout = Last(model);
  if (rollout == nullptr || rollout->ended()) return absl::OkStatus();
  const RolloutRecord& record = *rollout->record;
  if (!version.empty() && version != record.stable.version && version != record.candidate.version) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      StrCat(RunningText(record), ": abort it or roll back first; nothing was changed"));
}

absl::StatusOr<json> RolloutManager::Describe(const std::string& model) const {
  if (versions_.Config(model) == nullptr) {
    return absl::NotFoundError(StrCat("model '", model, "' is not in the configuration"));
  }
  json quarantined = json::array();
  for (const Quarantine::Entry& entry : quarantine_.List(model)) {
    quarantined.push_back({{"version", entry.version},
                           {"path", entry.path},
                           {"stable", {{"version", entry.stable_version}, {"path", entry.stable_path}}},
                           {"content_hash", entry.content_hash},
                           {"time", entry.time},
                           {"reason", entry.reason}});
  }
  const auto live = versions_.FindVersion(model, versions_.LiveVersion(model));
  json out = {{"model", model}, {"quarantine", std::move(quarantined)}, {"rollout", nullptr}};
  out["baseline"] = !live ? json(nullptr) : baselines_.Describe(model, live->content_hash, CalendarNow());
  const Rollout* rollout = Last(model);
  if (rollout == nullptr) return out;
  out["rollout"] = DescribeRollout(*rollout);
  return out;
}

std::vector<RolloutFigures> RolloutManager::Figures() const {
  std::vector<RolloutFigures> all;
  for (const auto& [model, rollout] : rollouts_) {
    RolloutFigures& figures = all.emplace_back(FiguresOf(*rollout));
    if (const auto found = rollbacks_.find(model); found != rollbacks_.end()) figures.rollbacks = found->second;
  }
  return all;
}

// ---- Steps ----

std::vector<rollout::Event> RolloutManager::Step(Rollout& rollout, std::vector<rollout::Command> commands) {
  RolloutRecord& record = *rollout.record;
  const std::string before = TrafficText(record, rollout.decision.route);
  rollout::Input input{.now = CalendarNow()};
  if (!rollout.ended()) {
    input.stable = TakePeriod(record.model, record.stable.version);
    input.candidate = TakePeriod(record.model, record.candidate.version);
    const bool promoted = rollout.decision.route.promoted;
    AddToBaseline(record.model, promoted ? record.candidate.version : record.stable.version,
                  promoted ? input.candidate : input.stable);
    if (Now() - rollout.last_sample >= record.policy.sampling_period) {
      rollout.last_sample = Now();
      const auto gpu = gpu_.Latest(record.policy.sampling_period * kGpuPeriods);  // asked for at the sample before
      gpu_.Refresh();
      MeasureMemory(record.model, record.stable.version, gpu, input.stable);
      MeasureMemory(record.model, record.candidate.version, gpu, input.candidate);
    }
    input.gates = rollout.gates;
    input.check_missing = MissingCheck(record);
    input.commands = CheckVersions(rollout);
  }
  input.commands.insert(input.commands.end(), commands.begin(), commands.end());
  rollout.decision = rollout::Step(record.policy, input, record.state);
  rollout.last_step = Now();
  rollout.due = rollout.last_step + record.policy.sampling_period;
  SteerTraffic(rollout);  // first of all: the rest is only told
  for (const rollout::Event& event : rollout.decision.events) {
    if (event.kind == EventKind::kRolledBack) TakeOut(rollout, event);
    if (event.kind == EventKind::kFinished) {
      RewriteConfiguration(record.model, record.stable.path, record.candidate.path);
    }
    Record(rollout, event, before);
  }
  AskGates(rollout);
  if (!rollout.decision.events.empty() || Now() - rollout.last_saved >= kBetweenSaves) Save(rollout);
  if (rollout.ended()) Unwatch(rollout);
  return rollout.decision.events;
}

// What somebody else did to the versions meanwhile ends the rollout.
std::vector<rollout::Command> RolloutManager::CheckVersions(const Rollout& rollout) const {
  const RolloutRecord& record = *rollout.record;
  const std::string live = versions_.LiveVersion(record.model);
  const std::string& expected =
      rollout.steered && rollout.steered->promoted ? record.candidate.version : record.stable.version;
  if (live != expected) {
    return {{CommandKind::kAbort, kSelf, StrCat("version ", live, " was made live meanwhile"), {}}};
  }
  const auto candidate = versions_.FindVersion(record.model, record.candidate.version);
  if (!candidate || candidate->content_hash != record.candidate.content_hash) {
    return {{CommandKind::kAbort, kSelf, "the candidate was unloaded or replaced meanwhile", {}}};
  }
  return {};
}

health::Period RolloutManager::TakePeriod(const std::string& model, const std::string& id) const {
  const auto version = versions_.FindVersion(model, id);
  if (!version || version->servable == nullptr) return {};
  health::Period period = version->servable->health().TakePeriod();
  period.in_flight = version->servable->in_flight();
  return period;
}

void RolloutManager::MeasureMemory(const std::string& model, const std::string& id,
                                   const std::optional<GpuMemory::Reading>& gpu, health::Period& period) const {
  const auto version = versions_.FindVersion(model, id);
  if (!version || version->servable == nullptr) return;
  uint64_t host = 0, on_gpu = 0;
  for (const int pid : version->worker_pids) {
    const std::optional<MemoryUsage> usage = ReadMemoryUsage(pid);
    if (!usage) return;  // half a sum would look like memory that was given back
    host += usage->anonymous_bytes;
    if (gpu) on_gpu += BytesOf(*gpu, pid);
  }
  period.memory_mb = Megabytes(host);
  if (gpu && on_gpu > 0) period.gpu_memory_mb = Megabytes(on_gpu);
}

VersionManager::Traffic RolloutManager::TrafficOf(const Rollout& rollout) const {
  const RolloutRecord& record = *rollout.record;
  const rollout::Route& route = rollout.decision.route;
  VersionManager::Traffic traffic;
  traffic.live = route.promoted ? record.candidate.version : record.stable.version;
  traffic.pinned = {record.candidate.version};  // also after a rollback: it is to be looked at
  if (rollout.ended()) return traffic;
  traffic.pinned.insert(record.stable.version);
  SplitOrder split;
  split.salt = record.salt;
  split.sequence = rollout.sequence;
  split.shadow_sequence = rollout.shadow_sequence;
  if (record.data_path.retry_on_stable) split.fallback = record.stable.version;
  if (!route.promoted) {
    if (route.share > 0) split.parts = {{record.candidate.version, route.share}};
    if (route.internal_users) split.internal = record.candidate.version;
    if (route.shadow_share > 0) split.shadow = record.candidate.version;
    split.shadow_share = route.shadow_share;
    split.patience = rollout.patience;
  }
  traffic.split = std::move(split);
  return traffic;
}

void RolloutManager::SteerTraffic(Rollout& rollout) {
  const RolloutRecord& record = *rollout.record;
  const std::chrono::nanoseconds patience = Patience(record.data_path, record.state.stable.total().latency);
  // A new table for each percent of a change would be many tables.
  const bool new_patience = patience > rollout.patience * 5 / 4 || patience < rollout.patience * 3 / 4;
  const bool new_end = rollout.ended() && rollout.watched != nullptr;
  if (rollout.steered == rollout.decision.route && !new_patience && !new_end) return;
  if (new_patience) rollout.patience = patience;
  const bool to_stable = !rollout.decision.route.promoted && rollout.ended();
  const absl::Status status = versions_.SetTraffic(record.model, TrafficOf(rollout));
  if (status.ok()) {
    rollout.steered = rollout.decision.route;
    return;
  }
  // A version that cannot be made live this moment (its worker restarts) may be able to at the next step.
  log::Error(to_stable ? "traffic could not be given back to stable" : "traffic could not be given to the candidate",
             {{"model", record.model}, {"reason", std::string(Text(status))}});
}

void RolloutManager::TakeOut(Rollout& rollout, const rollout::Event& event) {
  const RolloutRecord& record = *rollout.record;
  rolled_back_[record.model] = Now();
  ++rollbacks_[record.model][event.rule ? event.rule->rule : "manual"];
  if (rollout.decision.quarantine) {
    quarantine_.Add({.model = record.model,
                     .content_hash = record.candidate.content_hash,
                     .version = record.candidate.version,
                     .path = record.candidate.path,
                     .stable_version = record.stable.version,
                     .stable_path = record.stable.path,
                     .time = UtcTimestamp(),
                     .reason = event.text});
  }
  const auto candidate = versions_.FindVersion(record.model, record.candidate.version);
  if (!candidate || candidate->servable == nullptr) return;
  Rescue(control_, record.model, candidate->servable, log_, alive_);
}

void RolloutManager::Record(const Rollout& rollout, const rollout::Event& event, const std::string& before) {
  const RolloutRecord& record = *rollout.record;
  const std::string action = StrCat("rollout-", rollout::Name(event.kind));
  std::string result = event.kind == EventKind::kRefused ? event.text : "ok";
  if (const int64_t first = *rollout.first_failure_ns; event.kind == EventKind::kRolledBack && first != 0) {
    result = absl::StrFormat("ok, %.1f ms after its first failure", static_cast<double>(ToNanos(Now()) - first) / 1e6);
  }
  (void)log_.Record({action, record.model, event.actor, event.text, before, TrafficText(record, rollout.decision.route),
                     std::move(result)});
  if (!options_.on_event) return;
  json told = rollout::ToJson(event);
  told["model"] = record.model;
  told["stable"] = record.stable.version;
  told["candidate"] = record.candidate.version;
  options_.on_event(told);
}

// So that a restart serves what is live now. A file that cannot be written is nothing that a rollout waits for.
void RolloutManager::RewriteConfiguration(const std::string& model, const std::string& from, const std::string& to) {
  const config::ModelConfig* const config = versions_.Config(model);
  if (config == nullptr || !config->rewrite_base_path || config->base_path != from || !options_.rewrite) return;
  const absl::Status status = options_.rewrite(model, from, to);
  (void)log_.Record({"rewrite-configuration", model, kSelf, "rewrite_base_path", from, to,
                     status.ok() ? "ok" : std::string(Text(status))});
}

void RolloutManager::AskGates(Rollout& rollout) {
  const std::string stage = StrCat(Name(rollout.record->state.phase), "/", rollout.decision.stage);
  if (stage != rollout.asked_stage) rollout.gates.clear();
  rollout.asked_stage = stage;
  for (const std::string& gate : rollout.decision.gates_wanted) {
    if (rollout.gates.contains(gate)) continue;
    rollout.gates[gate] = rollout::GateState::kPending;
    const RolloutRecord& record = *rollout.record;
    const json question = {{"gate", gate},
                           {"model", record.model},
                           {"stable", record.stable.version},
                           {"candidate", record.candidate.version},
                           {"stage", rollout.decision.stage},
                           {"rules", rollout::ToJson(rollout.decision)["rules"]}};
    options_.ask_gate(gate, question,
                      [this, alive = std::weak_ptr(alive_), model = record.model, gate, stage, &control = control_](
                          GateAnswer answer, const std::string& why) {
                        boost::asio::post(control, [this, alive, model, gate, stage, answer, why] {
                          const std::shared_ptr<bool> still = alive.lock();
                          if (still == nullptr || !*still) return;
                          Rollout* const asking = Active(model);
                          if (asking == nullptr || asking->asked_stage != stage || answer == GateAnswer::kPending)
                            return;
                          const bool passed = answer == GateAnswer::kPassed;
                          log::Info(
                              "gate answered",
                              {{"model", model}, {"gate", gate}, {"passed", passed ? "yes" : "no"}, {"why", why}});
                          asking->gates[gate] = passed ? rollout::GateState::kPassed : rollout::GateState::kFailed;
                          Alarm(model);
                        });
                      });
  }
}

// ---- Watching and keeping ----

RolloutManager::Rollout* RolloutManager::Active(const std::string& model) {
  const auto found = rollouts_.find(model);
  return found == rollouts_.end() || found->second->ended() ? nullptr : found->second.get();
}

const RolloutManager::Rollout* RolloutManager::Last(const std::string& model) const {
  const auto found = rollouts_.find(model);
  return found == rollouts_.end() ? nullptr : found->second.get();
}

// The candidate's failures wake the rollout at once, from whatever thread sees them.
void RolloutManager::Watch(Rollout& rollout) {
  const RolloutRecord& record = *rollout.record;
  if (options_.compare) options_.compare(record.model, record.data_path.compare);
  const auto candidate = versions_.FindVersion(record.model, record.candidate.version);
  if (!candidate || candidate->servable == nullptr) return;
  rollout.watched = candidate->servable;
  RunGolden(record, {record.stable.version, record.candidate.version});
  auto posted = std::make_shared<std::atomic<bool>>(false);
  rollout.watched->SetOnFailure([this, alive = std::weak_ptr(alive_), model = record.model, posted,
                                 first = rollout.first_failure_ns, &control = control_] {
    int64_t never = 0;
    (void)first->compare_exchange_strong(never, ToNanos(Now()), std::memory_order_relaxed);
    if (posted->exchange(true)) return;
    boost::asio::post(control, [this, alive, model, posted] {
      *posted = false;
      const std::shared_ptr<bool> still = alive.lock();
      if (still != nullptr && *still) Alarm(model);
    });
  });
}

void RolloutManager::Unwatch(Rollout& rollout) {
  if (rollout.watched == nullptr) return;
  rollout.watched->SetOnFailure(nullptr);
  rollout.watched.reset();
  RunGolden(*rollout.record, {});
}

void RolloutManager::RunGolden(const RolloutRecord& record, const std::vector<std::string>& versions) {
  const config::ModelConfig* const config = versions_.Config(record.model);
  if (config == nullptr || !options_.golden) return;
  std::vector<std::shared_ptr<Servable>> servables;
  for (const std::string& id : versions) {
    const auto version = versions_.FindVersion(record.model, id);
    if (version && version->servable != nullptr) servables.push_back(version->servable);
  }
  if (servables.size() == versions.size()) options_.golden(*config, std::move(servables));
}

void RolloutManager::Alarm(const std::string& model) {
  Rollout* const rollout = Active(model);
  if (rollout == nullptr) return;
  rollout->due = std::min(rollout->due, std::max(Now(), rollout->last_step + kBetweenAlarms));
  wake_.Notify();
}

void RolloutManager::Save(Rollout& rollout) {
  rollout.last_saved = Now();
  const absl::Status status = store_.Put(StrCat(kRolloutPrefix, rollout.record->model), ToJson(*rollout.record).dump());
  if (!status.ok()) {
    log::Error("a rollout is kept in memory only: a restart would not know of it",
               {{"model", rollout.record->model}, {"reason", std::string(Text(status))}});
  }
}

}  // namespace huidu::front
