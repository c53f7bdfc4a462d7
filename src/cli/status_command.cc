#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/strings.h"
#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/http_client.h"
#include "cli/status_text.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

struct StatusOptions : AdminOptions {
  std::string model;
};

struct AuditOptions : AdminOptions {
  std::string since;
  std::string model;
  int limit = 50;
};

absl::StatusOr<Json> FetchModels(const StatusOptions& options) {
  if (options.model.empty()) {
    auto answer = CallAdmin(options, "GET", "/models");
    return answer.ok() ? answer->value("models", Json::array()) : answer;
  }
  auto model = CallAdmin(options, "GET", "/models/" + EncodePathPiece(options.model));
  return model.ok() ? Json::array({*std::move(model)}) : model;
}

int ShowStatus(const StatusOptions& options) {
  const auto server = CallAdmin(options, "GET", "/status");
  if (!server.ok()) return Fail(server.status());
  const auto models = FetchModels(options);
  if (!models.ok()) return Fail(models.status());
  if (options.json) {
    PrintJson({{"server", *server}, {"models", *models}});
  } else {
    std::cout << StatusText(*server, *models, UseColors());
  }
  return kDone;
}

int ShowAudit(const AuditOptions& options) {
  std::string target = StrCat("/audit?limit=", options.limit);
  if (!options.since.empty()) target += "&since=" + EncodePathPiece(options.since);
  if (!options.model.empty()) target += "&model=" + EncodePathPiece(options.model);
  const auto audit = CallAdmin(options, "GET", target);
  if (!audit.ok()) return Fail(audit.status());
  if (options.json) {
    PrintJson(*audit);
  } else {
    std::cout << AuditText(*audit, UseColors());
  }
  return kDone;
}

}  // namespace

void AddStatusCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("status", "Show models, versions, traffic and memory");
  auto options = std::make_shared<StatusOptions>();
  command->add_option("MODEL", options->model, "This model only");
  AddAdminOptions(*command, *options, /*changes=*/false);
  command->callback([options, &exit_code] { exit_code = ShowStatus(*options); });
}

void AddAuditCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("audit", "Show who changed what, when and why");
  auto options = std::make_shared<AuditOptions>();
  command->add_option("--since", options->since, "A duration (30m, 1h, 7d) or a time (2026-11-22T03:00:00Z)");
  command->add_option("--model", options->model, "This model only");
  command->add_option("--limit", options->limit, "The newest N")->check(CLI::Range(1, 10000))->capture_default_str();
  AddAdminOptions(*command, *options, /*changes=*/false);
  command->callback([options, &exit_code] { exit_code = ShowAudit(*options); });
}

}  // namespace huidu::cli
