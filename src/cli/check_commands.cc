#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/module.h"
#include "base/sandbox.h"
#include "base/strings.h"
#include "cli/admin_client.h"
#include "cli/check_config.h"
#include "cli/commands.h"
#include "repository/inspect.h"
#include "repository/version_folder.h"

namespace huidu::cli {
namespace {

struct CheckOptions {
  std::string path;
  bool check_models = false;
  bool json = false;
  bool sandbox = false;
};

int Validate(const CheckOptions& options) {
  const ConfigReport report = CheckConfig(options.path, options.check_models);
  if (options.json) {
    PrintJson(ToJson(report));
  } else {
    for (const std::string& line : report.findings) std::cout << line << "\n";
    for (const std::string& line : report.errors) std::cerr << line << "\n";
    if (report.errors.empty()) std::cout << options.path << ": good\n";
  }
  return report.errors.empty() ? kDone : kFailed;
}

// The errors of this command are what a failed load says, so they stand alone, without a word in front.
int Inspect(const CheckOptions& options) {
  // A version may name a task; which there are is seen in the folder of modules.
  if (options.sandbox) (void)EnterReadingSandbox({options.path, ModuleFolder()});
  const auto folder = repository::Discover(options.path);
  const auto inspection = folder.ok() ? repository::Inspect(*folder) : folder.status();
  if (!inspection.ok()) {
    std::cerr << Text(inspection.status()) << "\n";
    return kFailed;
  }
  if (options.json) {
    std::cout << repository::ToJson(*inspection) << "\n";
  } else {
    std::cout << InspectionText(*inspection);
  }
  return kDone;
}

}  // namespace

void AddValidateCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("validate", "Check a model_config.prototxt; for CI");
  auto options = std::make_shared<CheckOptions>();
  command->add_option("FILE", options->path, "The configuration")->required();
  command->add_flag("--check-models", options->check_models, "Look at the folders and files of the models as well");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, &exit_code] { exit_code = Validate(*options); });
}

void AddInspectCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("inspect", "Check the files of one version of a model");
  auto options = std::make_shared<CheckOptions>();
  command->add_option("DIR", options->path, "The version's folder")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->add_flag(
      "--sandbox", options->sandbox,
      "Give up everything but reading this folder first, as the server has it, for files of unknown origin");
  command->callback([options, &exit_code] { exit_code = Inspect(*options); });
}

}  // namespace huidu::cli
