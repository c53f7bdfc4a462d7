#include "main/serve_options.h"

#include "base/log.h"
#include "base/strings.h"

namespace huidu {
namespace {

template <typename Value>
CLI::Option* Add(CLI::App* serve, const std::string& flag, const std::string& env, Value& value,
                 const std::string& help) {
  CLI::Option* const option = serve->add_option(flag, value, help)->envname(env)->capture_default_str();
  // The parser takes -5 for a very large number.
  if constexpr (std::is_unsigned_v<Value>) option->check(CLI::NonNegativeNumber);
  return option;
}

void AddMilliseconds(CLI::App* serve, const std::string& flag, const std::string& env, std::chrono::milliseconds& value,
                     const std::string& help) {
  serve
      ->add_option_function<uint64_t>(
          flag, [&value](uint64_t given) { value = std::chrono::milliseconds(given); }, help)
      ->envname(env)
      ->check(CLI::NonNegativeNumber)
      ->type_name("MS")
      ->default_str(StrCat(value.count()));
}

std::string CheckLevel(const std::string& level) {
  const auto parsed = log::ParseLevel(level);
  return parsed.ok() ? "" : std::string(Text(parsed.status()));
}

}  // namespace

CLI::App* AddServe(CLI::App& app, ServeOptions& o) {
  CLI::App* serve = app.add_subcommand("serve", "Serve the models of a configuration until SIGTERM");
  Add(serve, "--model-config", "HUIDU_MODEL_CONFIG", o.model_config,
      "The model_config.prototxt; SIGHUP reads it again");
  Add(serve, "--host", "HUIDU_HOST", o.host, "Address of the inference ports");
  Add(serve, "--http-port", "HUIDU_HTTP_PORT", o.http_port, "KServe V2 over HTTP; 0 picks a free port");
  Add(serve, "--grpc-port", "HUIDU_GRPC_PORT", o.grpc_port, "KServe V2 over gRPC; 0 picks a free port");
  Add(serve, "--admin-host", "HUIDU_ADMIN_HOST", o.admin_host,
      "Address of the admin port; not loopback needs a token file");
  Add(serve, "--admin-port", "HUIDU_ADMIN_PORT", o.admin_port,
      "Admin API, metrics and status page; 0 picks a free port");
  Add(serve, "--admin-token-file", "HUIDU_ADMIN_TOKEN_FILE", o.admin_token_file,
      "Lines of 'token role actor' (role viewer or operator); then every admin call needs a token");
  Add(serve, "--state-dir", "HUIDU_STATE_DIR", o.state_dir, "Audit, endpoints.json, logs");
  Add(serve, "--log-dir", "HUIDU_LOG_DIR", o.log_dir, "One rotating file a version; default <state-dir>/logs");
  Add(serve, "--log-level", "LOG_LEVEL", o.log_level, "DEBUG, INFO, WARNING or ERROR")
      ->check(CLI::Validator(CheckLevel, "LEVEL"));
  Add(serve, "--log-every", "HUIDU_LOG_EVERY", o.log_every,
      "Log one of so many requests; 0 none (at DEBUG all are logged)");
  Add(serve, "--gpu-memory-limit", "GPU_MEMORY_LIMIT", o.gpu_memory_limit_mb,
      "GPU memory a version, in MB; 0 no limit");
  Add(serve, "--alerts", "HUIDU_ALERTS", o.alerts, "JSON file with webhooks, an alert command and rollout gates")
      ->check(CLI::ExistingFile);
  Add(serve, "--tls-cert", "HUIDU_TLS_CERT", o.tls_cert, "Certificate chain (PEM) of the inference ports")
      ->check(CLI::ExistingFile);
  Add(serve, "--tls-key", "HUIDU_TLS_KEY", o.tls_key, "Its key (PEM)")->check(CLI::ExistingFile);
  Add(serve, "--io-threads", "HUIDU_IO_THREADS", o.io_threads, "Network threads; 0: one for two cores, at most 4")
      ->check(CLI::Range(0, 64));
  Add(serve, "--max-request-mb", "HUIDU_MAX_REQUEST_MB", o.max_request_mb,
      "Largest request body, in MB; a version has 1024 MB for the requests that it has at one time")
      ->check(CLI::Range(1, 1024));
  AddMilliseconds(serve, "--drain-timeout", "HUIDU_DRAIN_TIMEOUT", o.drain_timeout,
                  "How long SIGTERM waits for requests in flight");
  AddMilliseconds(serve, "--watch-interval", "HUIDU_WATCH_INTERVAL", o.watch_interval,
                  "How often the configuration and the model folders are looked at; 0 never");
  return serve;
}

}  // namespace huidu
