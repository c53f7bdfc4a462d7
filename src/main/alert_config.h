#pragma once

#include <chrono>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "notify/notifier.h"

namespace huidu {

// Who is told of what happens to rollouts, and who is asked for leave: the file of --alerts. JSON, every part optional:
//   {"webhooks": [{"url": "https://hooks.example.com/a", "secret_file": "/etc/huidu/hook.secret"}],
//    "command":  ["/usr/local/bin/page-someone"],
//    "gates":    {"load-test": {"url": "https://ci.example.com/gate", "secret_file": "…", "timeout_ms": 10000}}}
struct AlertConfig {
  struct Gate {
    std::string url;
    std::string secret;
    std::chrono::milliseconds timeout{10'000};
  };
  notify::Notifier::Options notifier;
  std::map<std::string, Gate> gates;  // by the name that policies use
};

// Errors: those of config::ReadFile() (the file, a secret's file), InvalidArgument with file and field. Secrets are in
// no error.
absl::StatusOr<AlertConfig> ReadAlertConfig(const std::string& path);

}  // namespace huidu
