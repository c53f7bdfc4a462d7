#include "main/alert_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/strings.h"
#include "config/text_file.h"
#include "notify/url.h"

namespace huidu {
namespace {

using nlohmann::json;

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxTargets = 64;

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  HUIDU_ASSIGN_OR_RETURN(std::string secret, config::ReadFile(path, kMaxFileBytes));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.empty()) return absl::InvalidArgumentError(StrCat(path, ": holds no secret"));
  return secret;
}

// A webhook or a gate.
absl::StatusOr<AlertConfig::Gate> ReadTarget(const json& object, const std::string& where) {
  if (!object.is_object()) return absl::InvalidArgumentError(StrCat(where, ": expected an object with url"));
  AlertConfig::Gate target;
  for (const auto& [name, value] : object.items()) {
    if (name == "url" && value.is_string()) {
      target.url = value.get<std::string>();
    } else if (name == "secret_file" && value.is_string()) {
      HUIDU_ASSIGN_OR_RETURN(target.secret, ReadSecret(value.get<std::string>()));
    } else if (name == "timeout_ms" && value.is_number_unsigned() && value.get<uint64_t>() - 1 < 600'000) {
      target.timeout = std::chrono::milliseconds(value.get<uint64_t>());
    } else {
      return absl::InvalidArgumentError(
          StrCat(where, ".", name, ": expected url, secret_file (texts) or timeout_ms (1 to 600000)"));
    }
  }
  const absl::Status url = notify::CheckUrl(target.url);
  if (!url.ok()) return Annotate(url, StrCat(where, ".url"));
  return target;
}

absl::Status ReadWebhooks(const json& list, AlertConfig& config) {
  if (!list.is_array() || list.size() > kMaxTargets) {
    return absl::InvalidArgumentError(StrCat("webhooks: expected a list of at most ", kMaxTargets));
  }
  for (size_t i = 0; i < list.size(); ++i) {
    HUIDU_ASSIGN_OR_RETURN(AlertConfig::Gate target, ReadTarget(list[i], StrCat("webhooks[", i, "]")));
    config.notifier.webhooks.push_back({std::move(target.url), std::move(target.secret)});
  }
  return absl::OkStatus();
}

absl::Status ReadGates(const json& object, AlertConfig& config) {
  if (!object.is_object() || object.size() > kMaxTargets) {
    return absl::InvalidArgumentError(StrCat("gates: expected an object with at most ", kMaxTargets, " names"));
  }
  for (const auto& [name, gate] : object.items()) {
    HUIDU_ASSIGN_OR_RETURN(config.gates[name], ReadTarget(gate, StrCat("gates.", name)));
  }
  return absl::OkStatus();
}

absl::Status ReadCommand(const json& list, AlertConfig& config) {
  const bool texts =
      list.is_array() && std::all_of(list.begin(), list.end(), [](const json& v) { return v.is_string(); });
  if (!texts || list.empty() || !list[0].get<std::string>().starts_with('/')) {
    return absl::InvalidArgumentError("command: expected a list of texts, the first a program's absolute path");
  }
  config.notifier.command.arguments = list.get<std::vector<std::string>>();
  return absl::OkStatus();
}

absl::StatusOr<AlertConfig> Parse(const std::string& text) {
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return absl::InvalidArgumentError("expected a JSON object");
  AlertConfig config;
  for (const auto& [name, value] : document.items()) {
    absl::Status status = absl::InvalidArgumentError(StrCat(name, ": unknown; there are webhooks, command and gates"));
    if (name == "webhooks") status = ReadWebhooks(value, config);
    if (name == "gates") status = ReadGates(value, config);
    if (name == "command") status = ReadCommand(value, config);
    if (!status.ok()) return status;
  }
  return config;
}

}  // namespace

absl::StatusOr<AlertConfig> ReadAlertConfig(const std::string& path) {
  HUIDU_ASSIGN_OR_RETURN(const std::string text, config::ReadFile(path, kMaxFileBytes));
  absl::StatusOr<AlertConfig> config = Parse(text);
  if (!config.ok()) return Annotate(config.status(), path);
  return config;
}

}  // namespace huidu
