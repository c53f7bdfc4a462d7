#include "front/versions/version.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/scheduling.h"
#include "base/status.h"
#include "base/strings.h"
#include "config/text_file.h"
#include "front/router/payload.h"
#include "front/versions/inspector.h"
#include "front/versions/warmup.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;
using boost::asio::use_awaitable;

constexpr std::chrono::milliseconds kDrainPoll{2};
constexpr std::chrono::milliseconds kParkedPoll{10};
constexpr std::chrono::seconds kStableAfter{60};  // a worker that lived this long starts over with its back-off
constexpr size_t kMaxSampleBytes = size_t{64} << 20;

double SecondsSince(TimePoint start) { return std::chrono::duration<double>(Now() - start).count(); }

awaitable<void> Sleep(boost::asio::io_context& control, std::chrono::milliseconds duration) {
  boost::asio::steady_timer timer(control, duration);
  co_await timer.async_wait(use_awaitable);
}

OnWorkerDeath Policy(config::WorkerDeathPolicy policy) {
  switch (policy) {
    case config::WorkerDeathPolicy::kOtherVersion: return OnWorkerDeath::kOtherVersion;
    case config::WorkerDeathPolicy::kWaitForRestart: return OnWorkerDeath::kWaitForRestart;
    case config::WorkerDeathPolicy::kFail: return OnWorkerDeath::kFail;
  }
  return OnWorkerDeath::kOtherVersion;
}

ServableLimits Limits(const config::ModelConfig& config) {
  return {static_cast<size_t>(config.max_queue), config.request_timeout, Policy(config.on_worker_death),
          config.keep_answers};
}

}  // namespace

std::chrono::milliseconds RestartDelay(int failures) {
  if (failures <= 1) return std::chrono::milliseconds(0);
  const int64_t delay = int64_t{200} << std::min(failures - 2, 10);
  return std::chrono::milliseconds(std::min<int64_t>(delay, 30000));
}

Version::Version(VersionContext& context, config::ModelConfig config, std::string id, std::string path,
                 std::string source)
    : context_(context),
      config_(std::move(config)),
      id_(std::move(id)),
      path_(std::move(path)),
      source_(std::move(source)) {}

void Version::Reconfigure(config::ModelConfig config) {
  config_ = std::move(config);
  if (servable_ != nullptr) servable_->SetLimits(Limits(config_));
}

awaitable<absl::Status> Version::Bring() {
  const auto self = shared_from_this();
  const TimePoint start = Now();
  absl::Status status = co_await BringUp();
  load_seconds_ = SecondsSince(start);
  if (retiring_) co_return absl::CancelledError(StrCat("version ", id_, " was unloaded while it was loading"));
  if (status.ok()) co_return status;
  status = Annotate(status, StrCat("model '", config_.name, "' version ", id_, " (", path_, "): ", Name(state_)));
  for (auto& slot : slots_) {
    if (slot->process != nullptr) co_await slot->process->Stop();
  }
  slots_.clear();
  servable_.reset();
  requests_.reset();
  if (!retiring_) Enter(VersionState::kFailed, std::string(status.message()));
  co_return status;
}

awaitable<absl::Status> Version::BringUp() {
  Enter(VersionState::kInspecting);
  absl::StatusOr<repository::VersionFolder> folder = repository::Discover(path_);
  if (!folder.ok()) co_return folder.status();
  folder_ = *std::move(folder);
  absl::StatusOr<repository::Inspection> inspection = co_await RunInspect(
      context_.control, context_.options.inspect_program, path_, config_.load_timeout, context_.serving);
  if (!inspection.ok()) co_return inspection.status();
  inspection_ = *std::move(inspection);
  if (retiring_) co_return absl::CancelledError("unloaded");
  for (const std::string& warning : inspection_.warnings) {
    log::Warning(warning, {{"model", config_.name}, {"model_version", id_}});
  }
  absl::StatusOr<repository::LoadPlan> plan =
      repository::PlanLoad(config_, folder_, inspection_, static_cast<int32_t>(std::thread::hardware_concurrency()));
  if (!plan.ok()) co_return plan.status();
  plan_ = *std::move(plan);
  if (const uint64_t limit = context_.options.gpu_memory_limit_mb; limit > 0) {
    for (task::PartOptions& part : plan_.parts) {
      uint64_t& pool = part.options.gpu.memory_mb;
      pool = pool == 0 ? limit : std::min(pool, limit);
    }
  }
  absl::StatusOr<std::shared_ptr<ipc::Arena>> requests =
      ipc::Arena::Create("huidu-requests", context_.options.request_arena_bytes, /*read_only_for_others=*/true);
  if (!requests.ok()) co_return requests.status();
  requests_ = *std::move(requests);

  Enter(VersionState::kStarting);
  for (int i = 0; i < config_.worker_instances; ++i) {
    Slot& slot = *slots_.emplace_back(std::make_unique<Slot>());
    absl::Status status = co_await StartWorker(slot, /*background=*/context_.serving);
    if (!status.ok()) co_return status;
    if (retiring_) co_return absl::CancelledError("unloaded");
  }
  Enter(VersionState::kReady);
  co_return absl::OkStatus();
}

awaitable<absl::Status> Version::StartWorker(Slot& slot, bool background) {
  WorkerProcess::Options options;
  options.program = context_.options.worker_program;
  options.model = config_.name;
  options.version = id_;
  options.writable = MakeWritableFolders();
  options.requests = requests_;
  options.response_arena_bytes = context_.options.response_arena_bytes;
  options.hang_timeout = config_.hang_timeout;
  options.background = background && CanReturnFromBackground();
  if (background && !options.background) {
    log::Warning(
        "loading at normal priority, which may slow other versions: the server may not return from a lower one; give "
        "it CAP_SYS_NICE or `ulimit -e 20`",
        {{"model", config_.name}, {"model_version", id_}});
  }
  boost::asio::io_context& io = *context_.io[context_.next_io++ % context_.io.size()];
  slot.process = std::make_shared<WorkerProcess>(context_.control, io, std::move(options));
  const std::shared_ptr<WorkerProcess> process = slot.process;

  const ipc::Load load{plan_.engine, plan_.parts, plan_.task};
  const bool first = state_ == VersionState::kStarting;
  absl::StatusOr<ipc::Loaded> loaded = co_await process->Start(load, config_.load_timeout, [this, first] {
    if (first && state_ == VersionState::kStarting) Enter(VersionState::kLoading);
  });
  if (!loaded.ok()) co_return loaded.status();
  if (retiring_) co_return absl::CancelledError("unloaded");
  absl::Status status = AcceptSignature(*loaded);
  if (status.ok()) {
    if (state_ == VersionState::kLoading) Enter(VersionState::kWarming);
    const TimePoint start = Now();
    status = co_await Warm(*process->channel());
    warmup_seconds_ = SecondsSince(start);
    if (!status.ok() && !process->alive()) {
      status = absl::InternalError(StrCat("the worker process died during warm-up: ", status.message(),
                                          "; give inputs that the model takes with warmup { shapes … }"));
    }
  }
  if (status.ok() && !process->alive()) status = absl::InternalError("the worker process died after its warm-up");
  if (!status.ok()) {
    co_await process->Stop();
    co_return status;
  }
  process->Promote([weak = weak_from_this(), &slot](absl::Status why) {
    if (auto self = weak.lock()) self->OnWorkerDeath(slot, why);
  });
  slot.ready_since = Now();
  servable_->AddWorker(process->channel());
  co_return absl::OkStatus();
}

absl::Status Version::AcceptSignature(const ipc::Loaded& loaded) {
  engine_version_ = loaded.engine_version;
  if (servable_ != nullptr) return absl::OkStatus();  // another worker of the same files
  engine::Signature signature = loaded.signature;
  for (tensor::Spec& input : signature.inputs) {
    if (plan_.task.task != task::kTensors) break;  // the inputs are the task's own
    const auto& lod = inspection_.lod_inputs;
    if (std::find(lod.begin(), lod.end(), input.name) != lod.end()) input.lod_level = std::max(1, input.lod_level);
  }
  servable_ = std::make_shared<Servable>(config_.name, id_, std::move(signature), requests_, content_hash());
  servable_->SetLimits(Limits(config_));
  return absl::OkStatus();
}

awaitable<absl::Status> Version::Warm(WorkerChannel& channel) {
  absl::Status status = co_await WarmGenerated(channel);
  for (const std::string& sample : WarmupSamples()) {
    if (!status.ok()) break;
    status = co_await WarmSample(channel, sample);
  }
  co_return status;
}

awaitable<absl::Status> Version::WarmGenerated(WorkerChannel& channel) {
  const auto& shapes = config_.warmup.shapes;
  const bool search = HasOpenDimensions(*servable_, shapes);
  absl::Status status;
  for (int64_t size : WarmupSizes()) {
    absl::StatusOr<std::shared_ptr<Payload>> payload = MakeWarmup(*servable_, shapes, size);
    status = payload.status();
    for (int i = 0; status.ok() && i < std::max(1, config_.warmup.count); ++i) {
      status = co_await RunOnce(channel, *payload);
    }
    if (status.ok() || !search || !channel.open()) co_return status;
  }
  if (!WarmupSamples().empty()) co_return absl::OkStatus();  // real samples decide
  co_return Annotate(status,
                     "no generated warm-up input worked; give warmup { shapes { input: … dims: … } } or samples. "
                     "The last try said");
}

awaitable<absl::Status> Version::WarmSample(WorkerChannel& channel, const std::string& file) {
  if (!context_.options.read_sample) co_return absl::UnimplementedError("warm-up samples are not read here");
  absl::StatusOr<std::string> text = config::ReadFile(file, kMaxSampleBytes);
  if (!text.ok()) co_return text.status();
  absl::StatusOr<std::shared_ptr<Payload>> payload = context_.options.read_sample(*servable_, *text);
  if (!payload.ok()) co_return Annotate(payload.status(), file);
  co_return Annotate(co_await RunOnce(channel, *payload), file);
}

awaitable<absl::Status> Version::RunOnce(WorkerChannel& channel, std::shared_ptr<const Payload> payload) {
  const auto answered = std::make_shared<Event>(context_.control);
  const auto answer = std::make_shared<std::optional<Answer>>();
  const TimePoint deadline = Now() + config_.load_timeout;
  channel.Submit(std::move(payload), deadline, [&control = context_.control, answered, answer](Answer got) {
    boost::asio::post(control, [answered, answer, got = std::move(got)]() mutable {
      *answer = std::move(got);
      answered->Notify();
    });
  });
  while (!answer->has_value()) co_await answered->Wait(TimePoint::max());
  if (!(*answer)->status.ok() || !config_.warmup.check_finite) co_return (*answer)->status;
  co_return CheckFinite(*servable_, (*answer)->outputs);
}

void Version::OnWorkerDeath(Slot& slot, const absl::Status& why) {
  if (retiring_) return;
  servable_->RemoveWorker(slot.process->channel());
  servable_->CountWorkerDeath();
  log::Error("worker died", {{"model", config_.name},
                             {"model_version", id_},
                             {"reason", std::string(why.message())},
                             {"pid", StrCat(slot.process->pid())}});
  slot.failures = Now() - slot.ready_since > kStableAfter ? 1 : slot.failures + 1;
  SetTrouble(slot, std::string(why.message()));
  if (!servable_->HasWorker() && state_ == VersionState::kReady) {
    Enter(VersionState::kRecovering);
    boost::asio::co_spawn(context_.control, ExpireParkedRequests(), boost::asio::detached);
  }
  boost::asio::co_spawn(context_.control, Recover(slot), boost::asio::detached);
}

// Other files under this version's name would answer as it, without having been looked at by anybody.
awaitable<absl::Status> Version::CheckFiles() {
  const absl::StatusOr<repository::Inspection> now =
      co_await RunInspect(context_.control, context_.options.inspect_program, path_, config_.load_timeout,
                          /*background=*/servable_->HasWorker());
  if (!now.ok()) co_return now.status();
  if (now->content_hash == inspection_.content_hash) co_return absl::OkStatus();
  co_return absl::FailedPreconditionError(
      StrCat("the files of ", path_, " are not those that were loaded (content hash ", inspection_.content_hash,
             ", now ", now->content_hash, "): put them back, or reload, or switch to another version"));
}

awaitable<void> Version::Recover(Slot& slot) {
  const auto self = shared_from_this();
  std::string told;  // about the files: once for a death, however often they are looked at again
  while (!retiring_) {
    co_await Sleep(context_.control, RestartDelay(slot.failures));
    if (retiring_) co_return;
    const absl::Status files = co_await CheckFiles();
    if (retiring_) co_return;
    if (!files.ok()) {
      ++slot.failures;
      SetTrouble(slot, std::string(files.message()));
      if (!servable_->HasWorker()) servable_->Abandon();  // nobody need wait for what somebody must mend first
      if (std::exchange(told, slot.trouble) == slot.trouble) continue;
      log::Error("worker is not restarted",
                 {{"model", config_.name}, {"model_version", id_}, {"reason", slot.trouble}});
      continue;
    }
    // A version without any worker is down: it comes back at full speed.
    const absl::Status status = co_await StartWorker(slot, /*background=*/servable_->HasWorker());
    if (retiring_) co_return;
    ++restarts_;
    if (status.ok()) break;
    ++slot.failures;
    SetTrouble(slot, std::string(status.message()));
    log::Error("worker could not be restarted", {{"model", config_.name},
                                                 {"model_version", id_},
                                                 {"reason", slot.trouble},
                                                 {"next_try_ms", StrCat(RestartDelay(slot.failures).count())}});
  }
  log::Info("worker restarted",
            {{"model", config_.name}, {"model_version", id_}, {"pid", StrCat(slot.process->pid())}});
  SetTrouble(slot, {});
  if (state_ == VersionState::kRecovering) Enter(VersionState::kReady);
}

awaitable<void> Version::ExpireParkedRequests() {
  const auto self = shared_from_this();
  if (std::exchange(expiring_, true)) co_return;
  while (state_ == VersionState::kRecovering && !retiring_) {
    servable_->ExpireParked(Now());
    co_await Sleep(context_.control, kParkedPoll);
  }
  expiring_ = false;
}

awaitable<void> Version::Retire(std::chrono::milliseconds timeout) {
  const auto self = shared_from_this();
  if (std::exchange(retiring_, true)) co_return;
  if (state_ == VersionState::kNew) {
    Enter(VersionState::kUnloaded);
    co_return;
  }
  if (state_ != VersionState::kUnloaded) Enter(VersionState::kDraining);
  const TimePoint deadline = Now() + timeout;
  while (servable_ != nullptr && servable_->HasWorker() && servable_->in_flight() > 0 && Now() < deadline) {
    co_await Sleep(context_.control, kDrainPoll);
  }
  if (servable_ != nullptr && servable_->in_flight() > 0) {
    log::Warning("drain timeout: the requests still in flight are run again elsewhere",
                 {{"model", config_.name}, {"model_version", id_}, {"requests", StrCat(servable_->in_flight())}});
  }
  for (auto& slot : slots_) {
    if (slot->process != nullptr) co_await slot->process->Stop();
  }
  if (servable_ != nullptr) servable_->Abandon();
  Enter(VersionState::kUnloaded);
}

std::vector<std::string> Version::WarmupSamples() const {
  std::vector<std::string> files = config_.warmup.samples;
  files.insert(files.end(), folder_.manifest.warmup_samples.begin(), folder_.manifest.warmup_samples.end());
  for (std::string& file : files) {
    if (!file.starts_with('/')) file = StrCat(path_, "/", file);
  }
  return files;
}

std::vector<std::string> Version::MakeWritableFolders() {
  std::vector<std::string> folders;
  if (!config_.cache_dir.empty()) {
    std::error_code error;
    std::filesystem::create_directories(config_.cache_dir, error);
    folders.push_back(config_.cache_dir);
  }
  return folders;
}

void Version::Enter(VersionState next, std::string message) {
  if (!IsTransition(state_, next)) {
    log::Error("bug: a version's state jumped", {{"model", config_.name},
                                                 {"model_version", id_},
                                                 {"from", std::string(Name(state_))},
                                                 {"to", std::string(Name(next))}});
  }
  log::Debug("version state", {{"model", config_.name},
                               {"model_version", id_},
                               {"from", std::string(Name(state_))},
                               {"to", std::string(Name(next))}});
  state_ = next;
  message_ = std::move(message);
  context_.changed();
}

void Version::SetTrouble(Slot& slot, std::string trouble) {
  if (slot.trouble == trouble) return;
  slot.trouble = std::move(trouble);
  context_.changed();
}

std::string Version::Message() const {
  if (!message_.empty()) return message_;
  std::set<std::string> troubles;
  size_t down = 0;
  for (const auto& slot : slots_) {
    if (slot->trouble.empty()) continue;
    ++down;
    troubles.insert(slot->trouble);
  }
  const std::string all = absl::StrJoin(troubles, "; ");
  if (down == 0 || slots_.size() == 1) return all;
  return StrCat(down, " of ", slots_.size(), " workers are down: ", all);
}

std::vector<int> Version::WorkerPids() const {
  std::vector<int> pids;
  for (const auto& slot : slots_) {
    if (slot->process != nullptr && slot->process->alive()) pids.push_back(slot->process->pid());
  }
  return pids;
}

VersionInfo Version::Info() const {
  VersionInfo info;
  info.version = id_;
  info.path = path_;
  info.state = state_;
  info.message = Message();
  info.engine = plan_.engine;
  info.engine_version = engine_version_;
  info.content_hash = inspection_.content_hash;
  info.source = source_;
  info.restarts = restarts_;
  info.load_seconds = load_seconds_;
  info.warmup_seconds = warmup_seconds_;
  info.servable = servable_;
  if (servable_ != nullptr) info.platform = servable_->signature().platform;
  for (const auto& slot : slots_) {
    if (slot->process == nullptr || !slot->process->alive()) continue;
    info.workers.push_back({slot->process->pid(), "running", slot->process->ResidentBytes()});
  }
  return info;
}

}  // namespace huidu::front
