#include "main/serve.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/status.h"
#include "base/strings.h"
#include "config/swap_paths.h"
#include "config/text_file.h"
#include "front/admin/admin_server.h"
#include "front/admin/change_log.h"
#include "front/golden/golden_runner.h"
#include "front/grpc/grpc_server.h"
#include "front/http/json_sample.h"
#include "front/http/kserve_handler.h"
#include "front/reload/reloader.h"
#include "front/rollout/rollout_manager.h"
#include "front/rollout/stored_live_choices.h"
#include "front/router/router.h"
#include "front/samples/sample_capture.h"
#include "front/shadow/shadow_runner.h"
#include "front/supervisor/event.h"
#include "front/versions/version_manager.h"
#include "http/server.h"
#include "main/alert_config.h"
#include "notify/notifier.h"
#include "samples/sample_writer.h"
#include "state/audit.h"
#include "state/store.h"
#include "state/write_file.h"

namespace huidu {
namespace {

using boost::asio::awaitable;

constexpr char kVersion[] = HUIDU_VERSION;
constexpr std::chrono::milliseconds kAdminPatience{1000};
// A request waits for its model, not for the network: more threads only pass it around.
constexpr int kMaxIoThreads = 4;

int IoThreads(int configured) {
  if (configured > 0) return configured;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(cores / 2, 1, kMaxIoThreads);
}

// An event loop and the thread that runs it.
struct IoThread {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;

  void Start() {
    thread = std::thread([this] {
      pthread_setname_np(pthread_self(), "huidu-io");
      context.run();
    });
  }
  void Stop() {
    context.stop();
    if (thread.joinable()) thread.join();
  }
  ~IoThread() { Stop(); }
};

// The only place where everything meets: builds the parts, starts them bottom up, stops them top down.
class ServeProcess {
 public:
  ServeProcess(const ServeOptions& options, AlertConfig alerts)
      : options_(options),
        gates_(std::move(alerts.gates)),
        audit_(StrCat(options.state_dir, "/audit.db")),
        change_log_(audit_),
        store_(StrCat(options.state_dir, "/state.db")),
        notifier_(std::move(alerts.notifier)),
        io_(static_cast<size_t>(IoThreads(options.io_threads))),
        versions_(control_, IoContexts(), VersionOptions(), tables_, change_log_),
        rollouts_(control_, *rollout_versions_, store_, quarantine_, change_log_, RolloutOptions()),
        reloader_(control_, versions_, options.model_config),
        handler_(router_, HandlerOptions()),
        http_(IoContexts(), handler_, HttpOptions()),
        grpc_(router_, GrpcOptions()) {}

  int Run() {
    PrepareStateFolder();
    if (const absl::Status status = Listen(); !status.ok()) return Refuse(status);
    for (IoThread& thread : io_) thread.Start();
    boost::asio::co_spawn(control_, Live(), boost::asio::detached);
    control_.run();
    for (IoThread& thread : io_) thread.Stop();  // a connection that was cut off may still be in its handler
    return exit_status_;
  }

 private:
  std::vector<boost::asio::io_context*> IoContexts() {
    std::vector<boost::asio::io_context*> contexts;
    for (IoThread& thread : io_) contexts.push_back(&thread.context);
    return contexts;
  }

  front::VersionManager::Options VersionOptions() {
    front::VersionManager::Options options;
    options.state_dir = options_.state_dir;
    options.gpu_memory_limit_mb = options_.gpu_memory_limit_mb;
    options.read_sample = front::ReadJsonSample;
    options.applied = [this] {
      KeepSamples();
      boost::asio::post(control_, [this] { rollouts_.FollowConfiguration(); });
    };
    options.live_choices = &live_choices_;
    options.may_serve = [this](const std::string& model, const std::string& hash) {
      return quarantine_.MayServe(model, hash);
    };
    return options;
  }
  front::ShadowOptions ShadowRunnerOptions() {
    front::ShadowOptions options;
    options.on_disagreement = [this](const front::Disagreement& disagreement) {
      capture_.OnDisagreement(disagreement);
    };
    return options;
  }
  // What the live configuration wants to keep.
  void KeepSamples() {
    std::map<std::string, samples::Policy> policies;
    for (const front::ModelInfo& model : versions_.Models()) {
      if (const config::ModelConfig* config = versions_.Config(model.name)) policies[model.name] = config->samples;
    }
    capture_.SetPolicies(policies);
  }
  front::RolloutManager::Options RolloutOptions() {
    front::RolloutManager::Options options;
    options.on_event = [this](const nlohmann::json& event) {
      notifier_.Post({StrCat("rollout-", event.value("event", "")), event.dump()});
    };
    options.rewrite = [this](const std::string& model, const std::string& from, const std::string& to) {
      return RewriteConfiguration(model, from, to);
    };
    options.golden = [this](const config::ModelConfig& model, std::vector<std::shared_ptr<front::Servable>> versions) {
      golden_.Unwatch(model.name);
      if (model.golden.file.empty() || versions.empty()) return;
      golden_.Watch(model.name, {model.golden.file, model.golden.interval, std::move(versions)});
    };
    options.compare = [this](const std::string& model, const front::CompareOptions& how) {
      shadow_.SetOptions(model, how);
    };
    for (const auto& [name, gate] : gates_) options.gates.insert(name);
    options.ask_gate = [this](const std::string& name, const nlohmann::json& question, auto answer) {
      AskGate(name, question, std::move(answer));
    };
    return options;
  }

  // Behind a symbolic link the file itself is replaced, not the link.
  absl::Status RewriteConfiguration(const std::string& model, const std::string& from, const std::string& to) const {
    std::error_code error;
    const std::string path = std::filesystem::canonical(options_.model_config, error).string();
    if (error) return absl::NotFoundError(StrCat(options_.model_config, ": ", error.message()));
    HUIDU_ASSIGN_OR_RETURN(const std::string text, config::ReadFile(path, size_t{4} << 20));
    HUIDU_ASSIGN_OR_RETURN(const std::string changed, config::SwapPaths(text, model, from, to));
    return state::WriteFileAtomically(path, changed);
  }

  void AskGate(const std::string& name, const nlohmann::json& question,
               std::function<void(front::RolloutManager::GateAnswer, std::string)> answer) {
    using Answer = front::RolloutManager::GateAnswer;
    const AlertConfig::Gate& gate = gates_.at(name);
    notify::GateQuestion asked{
        .url = gate.url, .secret = gate.secret, .json = question.dump(), .timeout = gate.timeout};
    const absl::Status status =
        notifier_.Gate(std::move(asked), [answer](notify::GateVerdict verdict, std::string why) {
          const bool pending = verdict == notify::GateVerdict::kPending;
          const bool passed = verdict == notify::GateVerdict::kPassed;
          answer(pending ? Answer::kPending : passed ? Answer::kPassed : Answer::kFailed, std::move(why));
        });
    if (!status.ok()) answer(Answer::kFailed, std::string(Text(status)));
  }

  front::KServeHandler::Options HandlerOptions() const {
    front::KServeHandler::Options options;
    options.log_every = options_.log_every;
    return options;
  }
  http::ServerOptions HttpOptions() const {
    http::ServerOptions options;
    options.max_body_bytes = options_.max_request_mb << 20;
    options.tls_cert_file = options_.tls_cert;
    options.tls_key_file = options_.tls_key;
    return options;
  }
  front::GrpcServer::Options GrpcOptions() const {
    front::GrpcServer::Options options;
    options.host = options_.host;
    options.port = options_.grpc_port;
    options.max_message_bytes = options_.max_request_mb << 20;
    options.tls_cert = options_.tls_cert;
    options.tls_key = options_.tls_key;
    return options;
  }

  // A server whose disk is full still serves: what cannot be kept is said, not fatal.
  void PrepareStateFolder() {
    std::error_code error;
    std::filesystem::remove(EndpointsFile(), error);  // of a server that was killed
    std::filesystem::create_directories(options_.state_dir, error);
    if (error) {
      log::Warning("state folder cannot be made: changes are recorded in the log only",
                   {{"path", options_.state_dir}, {"reason", error.message()}});
    } else if (const absl::Status status = audit_.Open(); !status.ok()) {
      log::Warning("audit cannot be opened: changes are recorded in the log only",
                   {{"reason", std::string(Text(status))}});
    }
  }

  // Ports first: one in use is found before minutes of loading, and probes get an honest "not ready".
  absl::Status Listen() {
    HUIDU_ASSIGN_OR_RETURN(http_port_, http_.Listen(options_.host, options_.http_port));
    HUIDU_ASSIGN_OR_RETURN(grpc_port_, grpc_.Start());
    front::AdminServer::Options admin;
    admin.host = options_.admin_host;
    admin.port = options_.admin_port;
    admin.token_file = options_.admin_token_file;
    admin.reload = [this](bool dry_run, front::Requester requester) { return Reload(dry_run, std::move(requester)); };
    admin.rollouts = &rollouts_;
    admin.samples = &sample_writer_;
    admin.info = {.version = kVersion,
                  .config_file = options_.model_config,
                  .http_port = http_port_,
                  .grpc_port = static_cast<uint16_t>(grpc_port_)};
    admin_ = std::make_unique<front::AdminServer>(control_, versions_, audit_, std::move(admin));
    HUIDU_ASSIGN_OR_RETURN(admin_port_, admin_->Start());
    return absl::OkStatus();
  }

  awaitable<absl::StatusOr<front::ReloadReport>> Reload(bool dry_run, front::Requester requester) {
    front::Reloader::Report report = co_await reloader_.Reload(dry_run, std::move(requester));
    if (!report.ok()) co_return report.status();
    co_return front::ReloadReport{*std::move(report), dry_run ? std::string() : versions_.reload_info().warning};
  }

  // From the first configuration to the last request.
  awaitable<void> Live() {
    boost::asio::signal_set stop(control_, SIGTERM, SIGINT);
    boost::asio::signal_set hangup(control_, SIGHUP);
    WaitForHangup(hangup);
    bool stopping = false;
    stop.async_wait([&](const boost::system::error_code& error, int signal) {
      if (error) return;
      log::Info("stopping", {{"signal", strsignal(signal)}});
      stopping = true;
      stop_.Notify();
    });
    quarantine_.Restore();
    live_choices_.Restore();
    // Loading may take minutes, for which a stop does not wait.
    std::optional<absl::Status> loaded;
    boost::asio::co_spawn(control_, reloader_.LoadFirst(), [&](const std::exception_ptr&, absl::Status status) {
      loaded = std::move(status);
      stop_.Notify();
    });
    while (!loaded && !stopping) co_await stop_.Wait(TimePoint::max());
    if (loaded && !loaded->ok() && versions_.reload_info().generation == 0) {
      exit_status_ = Refuse(*loaded);
    } else if (!stopping) {
      co_await rollouts_.Restore();
      rollouts_.Begin();
      Announce();
      if (options_.watch_interval.count() > 0) reloader_.StartWatching(options_.watch_interval);
      while (!stopping) co_await stop_.Wait(TimePoint::max());
    }
    hangup.cancel();
    stop.cancel();
    co_await Shutdown();
    control_.stop();
  }

  void WaitForHangup(boost::asio::signal_set& hangup) {
    hangup.async_wait([this, &hangup](const boost::system::error_code& error, int) {
      if (error) return;
      reloader_.RequestReload({"sighup", "SIGHUP"});
      WaitForHangup(hangup);
    });
  }

  // Its presence says that the server is ready.
  std::string EndpointsFile() const { return StrCat(options_.state_dir, "/endpoints.json"); }

  void Announce() {
    const nlohmann::json endpoints = {
        {"http", http_port_}, {"grpc", grpc_port_}, {"admin", admin_port_}, {"pid", getpid()}};
    const std::string text = endpoints.dump() + "\n";
    if (const absl::Status status = state::WriteFileAtomically(EndpointsFile(), text); !status.ok()) {
      log::Warning("endpoints.json was not written", {{"reason", std::string(Text(status))}});
    }
    log::Info("ready", {{"http", StrCat(options_.host, ":", http_port_)},
                        {"grpc", StrCat(options_.host, ":", grpc_port_)},
                        {"admin", StrCat(options_.admin_host, ":", admin_port_)},
                        {"version", kVersion}});
  }

  awaitable<void> Shutdown() {
    const TimePoint deadline = Now() + options_.drain_timeout;
    const auto left = [deadline] {
      return std::max(std::chrono::milliseconds(0),
                      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Now()));
    };
    std::error_code ignored;
    std::filesystem::remove(EndpointsFile(), ignored);
    reloader_.Stop();
    rollouts_.Stop();
    versions_.StopAccepting();
    const size_t cut = co_await http_.Stop(left());
    grpc_.Shutdown(left());
    co_await versions_.Stop(left());
    co_await admin_->Stop(kAdminPatience);
    log::Info("stopped", {{"connections_cut", StrCat(cut)}});
  }

  // The person who started the server reads this; the log has it as well.
  int Refuse(const absl::Status& status) {
    log::Error("cannot start", {{"reason", std::string(Text(status))}});
    std::fprintf(stderr, "huidu serve: %s\n", std::string(Text(status)).c_str());
    return 1;
  }

  const ServeOptions options_;
  const std::map<std::string, AlertConfig::Gate> gates_;
  state::Audit audit_;
  front::AuditChangeLog change_log_;
  state::Store store_;
  front::Quarantine quarantine_{store_};
  front::StoredLiveChoices live_choices_{store_};
  boost::asio::io_context control_{1};
  notify::Notifier notifier_;  // its thread posts to control_
  front::Event stop_{control_};
  front::TableHolder tables_;
  std::vector<IoThread> io_;
  samples::SampleStore sample_store_{options_.state_dir + "/samples"};
  samples::SampleWriter sample_writer_{sample_store_, {}};
  front::SampleCapture capture_{sample_writer_, {}};
  front::ShadowRunner shadow_{ShadowRunnerOptions()};
  front::GoldenRunner golden_{front::ReadJsonSample};
  front::Router router_{tables_, &shadow_, &capture_};
  front::VersionManager versions_;
  const std::unique_ptr<front::RolloutVersions> rollout_versions_ = front::MakeRolloutVersions(versions_);
  front::RolloutManager rollouts_;
  front::Reloader reloader_;
  front::KServeHandler handler_;
  http::Server http_;
  front::GrpcServer grpc_;
  std::unique_ptr<front::AdminServer> admin_;
  uint16_t http_port_ = 0;
  int grpc_port_ = 0;
  uint16_t admin_port_ = 0;
  int exit_status_ = 0;
};

void RaiseDescriptorLimit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int Serve(const ServeOptions& options) {
  signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  const std::string log_dir = options.log_dir.empty() ? StrCat(options.state_dir, "/logs") : options.log_dir;
  if (const absl::Status status = log::Start(*log::ParseLevel(options.log_level), log_dir); !status.ok()) {
    log::Warning("logs go to standard error only", {{"reason", std::string(Text(status))}});
  }
  log::Info("starting", {{"version", kVersion}, {"model_config", options.model_config}, {"pid", StrCat(getpid())}});
  if (const std::string missing = MissingFromSandbox(); !missing.empty()) {
    log::Warning("workers are less confined than they could be", {{"reason", missing}});
  }
  AlertConfig alerts;
  if (!options.alerts.empty()) {
    absl::StatusOr<AlertConfig> read = ReadAlertConfig(options.alerts);
    if (!read.ok()) {
      log::Error("cannot start", {{"reason", std::string(Text(read.status()))}});
      std::fprintf(stderr, "huidu serve: %s\n", std::string(Text(read.status())).c_str());
      return 1;
    }
    alerts = *std::move(read);
  }
  return ServeProcess(options, std::move(alerts)).Run();
}

}  // namespace huidu
