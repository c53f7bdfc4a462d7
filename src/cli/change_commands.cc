#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/strings.h"
#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/http_client.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

struct ChangeOptions : AdminOptions {
  std::string model;
  std::string version;
  std::string path;
  bool dry_run = false;
};

std::string ModelTarget(const ChangeOptions& options) { return "/models/" + EncodePathPiece(options.model); }

// Prints what the server answered: the JSON itself, or `sentence` made of it.
template <typename Sentence>
int Report(const AdminOptions& options, const absl::StatusOr<Json>& answer, const Sentence& sentence) {
  if (!answer.ok()) return Fail(answer.status());
  if (options.json) {
    PrintJson(*answer);
  } else {
    std::cout << sentence(*answer) << "\n";
  }
  return kDone;
}

int Load(const ChangeOptions& options) {
  std::error_code error;
  // Relative to where the command runs; the server may be another machine, so an absolute path is taken as it is.
  const std::string path = std::filesystem::absolute(options.path, error).lexically_normal().string();
  Json body = {{"path", path}, {"reason", options.reason}};
  if (!options.version.empty()) body["version"] = options.version;
  return Report(options, CallAdmin(options, "POST", ModelTarget(options) + "/versions", body), [&](const Json& answer) {
    return StrCat("loaded ", Printable(options.model), " ", Printable(answer.value("version", "")), " in ",
                  FormatMilliseconds(answer.value("load_seconds", 0.0) * 1000),
                  " ms; it gets no traffic before `huidu switch`");
  });
}

int Unload(const ChangeOptions& options) {
  const std::string target = ModelTarget(options) + "/versions/" + EncodePathPiece(options.version);
  return Report(options, CallAdmin(options, "DELETE", target, {{"reason", options.reason}}), [&](const Json&) {
    return StrCat("unloaded ", Printable(options.model), " ", Printable(options.version));
  });
}

int Switch(const ChangeOptions& options) {
  const Json body = {{"version", options.version}, {"reason", options.reason}};
  return Report(options, CallAdmin(options, "POST", ModelTarget(options) + "/switch", body), [&](const Json& answer) {
    return StrCat(Printable(options.model), ": live is ", Printable(answer.value("live", "")), ", before it was ",
                  Printable(answer.value("previous", "")));
  });
}

std::string ReloadText(const ChangeOptions& options, const Json& answer) {
  const Json changes = answer.value("changes", Json::array());
  std::string text;
  for (const Json& change : changes) {
    if (change.is_string()) text += Printable(change.get<std::string>()) + "\n";
  }
  if (changes.empty()) text += "nothing changes\n";
  if (options.dry_run) return text + "(dry run: nothing was done)";
  const std::string warning = answer.value("warning", "");
  if (!warning.empty()) text += StrCat("warning: ", Printable(warning), "\n");
  return text + StrCat("configuration generation ", answer.value("generation", 0), " is live");
}

int Reload(const ChangeOptions& options) {
  const Json body = {{"dry_run", options.dry_run}, {"reason", options.reason}};
  return Report(options, CallAdmin(options, "POST", "/reload", body),
                [&](const Json& answer) { return ReloadText(options, answer); });
}

// A subcommand that changes something.
CLI::App* AddChange(CLI::App& app, const char* name, const char* help, std::shared_ptr<ChangeOptions> options,
                    int (*run)(const ChangeOptions&), int& exit_code) {
  CLI::App* command = app.add_subcommand(name, help);
  AddAdminOptions(*command, *options, /*changes=*/true);
  command->callback([options, run, &exit_code] { exit_code = run(*options); });
  return command;
}

}  // namespace

void AddLoadCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App* command = AddChange(app, "load", "Load and warm a version beside the others", options, Load, exit_code);
  command->add_option("MODEL", options->model)->required();
  command->add_option("PATH", options->path, "The version's folder, as the server sees it")->required();
  command->add_option("--version", options->version, "Id of the version; default: from the folder's name");
}

void AddUnloadCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App* command =
      AddChange(app, "unload", "Drain and unload a version that is not live", options, Unload, exit_code);
  command->add_option("MODEL", options->model)->required();
  command->add_option("VERSION", options->version)->required();
}

void AddSwitchCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App* command = AddChange(app, "switch", "Send all traffic to a loaded version", options, Switch, exit_code);
  command->add_option("MODEL", options->model)->required();
  command->add_option("VERSION", options->version)->required();
}

void AddReloadCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App* command = AddChange(app, "reload", "Read the server's configuration again", options, Reload, exit_code);
  command->add_flag("--dry-run", options->dry_run, "Only say what would change");
}

}  // namespace huidu::cli
