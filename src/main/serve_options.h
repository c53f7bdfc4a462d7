#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <string>

namespace huidu {

// The flags of `huidu serve`, each also an environment variable; flags win.
struct ServeOptions {
  std::string model_config = "/models/config/model_config.prototxt";
  std::string host = "0.0.0.0";
  uint16_t http_port = 18080;
  uint16_t grpc_port = 18081;
  std::string admin_host = "127.0.0.1";
  uint16_t admin_port = 18082;
  std::string admin_token_file;
  std::string state_dir = "/var/lib/huidu";
  std::string log_dir;  // empty: <state-dir>/logs
  std::string log_level = "INFO";
  uint64_t gpu_memory_limit_mb = 0;  // 0: none
  std::string alerts;                // file, see alert_config.h; empty: nobody is told
  std::string tls_cert;
  std::string tls_key;
  int io_threads = 0;  // 0: one for two cores, at most 4
  uint64_t max_request_mb = 256;
  uint32_t log_every = 0;  // 0: no request lines but at DEBUG
  std::chrono::milliseconds drain_timeout{30000};
  std::chrono::milliseconds watch_interval{1000};
};

// Adds `serve` to the program; `options` is filled when the command line is parsed.
CLI::App* AddServe(CLI::App& app, ServeOptions& options);

}  // namespace huidu
