#include "cli/cli.h"

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace huidu::cli {

void AddClientCommands(CLI::App& app, int& exit_code) {
  AddStatusCommand(app, exit_code);
  AddLoadCommand(app, exit_code);
  AddUnloadCommand(app, exit_code);
  AddSwitchCommand(app, exit_code);
  AddRolloutCommand(app, exit_code);
  AddRollbackCommand(app, exit_code);
  AddSamplesCommand(app, exit_code);
  AddReloadCommand(app, exit_code);
  AddAuditCommand(app, exit_code);
  AddInferCommand(app, exit_code);
  AddValidateCommand(app, exit_code);
  AddInspectCommand(app, exit_code);
  AddSimulateCommand(app, exit_code);
  AddCheckCommand(app, exit_code);
  AddReplayCommand(app, exit_code);
}

int Parse(CLI::App& app, int argc, char** argv, const int& exit_code) {
  try {
    app.parse(argc, argv);
    return exit_code;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUsage;
  }
}

}  // namespace huidu::cli
