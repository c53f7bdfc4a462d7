#include "front/grpc/grpc_server.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "front/grpc/completion_loop.h"
#include "front/grpc/methods.h"

namespace huidu::front {
namespace {

using rpc::CompletionLoop;

// What the system told the library on this thread, from the last error that it logged: its API does not give it back.
thread_local std::string last_system_error;

void RememberSystemError(std::string_view message) {
  constexpr std::string_view kKey = "os_error:\"";
  const size_t start = message.find(kKey);
  if (start == std::string_view::npos) return;
  message.remove_prefix(start + kKey.size());
  last_system_error = message.substr(0, message.find('"'));
}

// The library's own messages become lines of our log.
void LogFromLibrary(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_ERROR) RememberSystemError(args->message);
  const std::string where = StrCat(args->file, ":", args->line);
  if (args->severity == GPR_LOG_SEVERITY_ERROR) log::Warning(args->message, {{"grpc", where}});
  if (args->severity == GPR_LOG_SEVERITY_INFO) log::Info(args->message, {{"grpc", where}});
  if (args->severity == GPR_LOG_SEVERITY_DEBUG) log::Debug(args->message, {{"grpc", where}});
}

void PrepareLibrary() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(LogFromLibrary);
    ::grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

absl::StatusOr<std::string> ReadFile(const std::string& path, std::string_view what) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (file && !content.str().empty()) return content.str();
  return absl::InvalidArgumentError(
      StrCat(what, " '", path, "' cannot be read: ", errno != 0 ? std::strerror(errno) : "it is empty"));
}

absl::StatusOr<std::shared_ptr<::grpc::ServerCredentials>> Credentials(const GrpcServer::Options& options) {
  if (options.tls_cert.empty() && options.tls_key.empty()) return ::grpc::InsecureServerCredentials();
  HUIDU_ASSIGN_OR_RETURN(std::string cert, ReadFile(options.tls_cert, "TLS certificate"));
  HUIDU_ASSIGN_OR_RETURN(std::string key, ReadFile(options.tls_key, "TLS key"));
  ::grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({std::move(key), std::move(cert)});
  return ::grpc::SslServerCredentials(tls);
}

std::string Address(const GrpcServer::Options& options) {
  const bool ipv6 = options.host.find(':') != std::string::npos && options.host.front() != '[';
  return ipv6 ? StrCat("[", options.host, "]:", options.port) : StrCat(options.host, ":", options.port);
}

void Configure(const GrpcServer::Options& options, ::grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
  builder.SetMaxSendMessageSize(static_cast<int>(options.max_message_bytes));
  // Inference's messages are inflated by us, with a bound; small requests of the other methods are not compressed.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  // Messages that are still being received, of all clients together.
  ::grpc::ResourceQuota quota("huidu");
  quota.Resize(4 * options.max_message_bytes);
  builder.SetResourceQuota(quota);
  // Two servers on one port would each get some of the requests and nobody would notice.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1024);
  // Find clients that vanished; let clients ask as often as every 10 s whether we are there.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  // Reflection is the only service that gRPC's own threads serve.
  builder.SetSyncServerOption(::grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(::grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(::grpc::ServerBuilder::MAX_POLLERS, 1);
}

}  // namespace

class GrpcServer::State {
 public:
  State(const Router& router, Options options)
      : options_(std::move(options)), context_{router, options_.max_message_bytes} {}

  absl::StatusOr<int> Start() {
    PrepareLibrary();
    HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<::grpc::ServerCredentials> credentials, Credentials(options_));
    ::grpc::ServerBuilder builder;
    Configure(options_, builder);
    builder.RegisterService(&inference_);
    builder.RegisterService(&health_);
    for (int i = 0; i < options_.threads; ++i) {
      loops_.push_back(std::make_unique<CompletionLoop>(builder.AddCompletionQueue(), options_.send_timeout));
    }
    last_system_error.clear();
    int port = 0;
    builder.AddListeningPort(Address(options_), std::move(credentials), &port);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return absl::UnavailableError(StrCat("gRPC cannot listen on ", Address(options_), ": ",
                                           last_system_error.empty() ? "see the log line before" : last_system_error));
    }
    for (const auto& loop : loops_) {
      rpc::ListenToAll(*loop, inference_, health_, context_);
      loop->Start();
    }
    return port;
  }

  void Shutdown(std::chrono::milliseconds wait) {
    if (server_ == nullptr) return;
    const auto deadline = std::chrono::system_clock::now() + wait;
    busy_loops_ = static_cast<int>(loops_.size());
    for (const auto& loop : loops_) loop->Drain(deadline, [this] { OnIdleLoop(); });
    // Our own deadline comes first, so that every client gets an answer; gRPC's is for those that do not take it.
    server_->Shutdown(deadline + std::chrono::seconds(1));
    for (const auto& loop : loops_) loop->Join();
    server_.reset();
  }

 private:
  // Everything that we know of is answered. What gRPC still waits for are calls that never reached us: clients that
  // began a call and did not send its message, and calls that came in the very moment of the shutdown (gRPC 1.51 may
  // set one of those aside and never look at it again). Without this they would hold the shutdown until its deadline.
  void OnIdleLoop() {
    if (--busy_loops_ == 0) grpc_server_cancel_all_calls(server_->c_server());
  }

  const Options options_;
  const rpc::InferContext context_;
  rpc::InferenceService inference_;
  rpc::HealthService health_;
  std::vector<std::unique_ptr<CompletionLoop>> loops_;
  std::unique_ptr<::grpc::Server> server_;
  std::atomic<int> busy_loops_{0};
};

GrpcServer::GrpcServer(const Router& router, Options options)
    : state_(std::make_unique<State>(router, std::move(options))) {}

GrpcServer::~GrpcServer() { Shutdown(std::chrono::milliseconds(0)); }

absl::StatusOr<int> GrpcServer::Start() { return state_->Start(); }

void GrpcServer::Shutdown(std::chrono::milliseconds wait) { state_->Shutdown(wait); }

}  // namespace huidu::front
