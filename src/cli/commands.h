#pragma once

#include "cli/cli.h"

// One function a subcommand: it declares the command line and what runs. See AddClientCommands().
namespace huidu::cli {

void AddStatusCommand(CLI::App& app, int& exit_code);
void AddLoadCommand(CLI::App& app, int& exit_code);
void AddUnloadCommand(CLI::App& app, int& exit_code);
void AddSwitchCommand(CLI::App& app, int& exit_code);
void AddRolloutCommand(CLI::App& app, int& exit_code);
void AddRollbackCommand(CLI::App& app, int& exit_code);
void AddSamplesCommand(CLI::App& app, int& exit_code);
void AddReloadCommand(CLI::App& app, int& exit_code);
void AddAuditCommand(CLI::App& app, int& exit_code);
void AddInferCommand(CLI::App& app, int& exit_code);
void AddValidateCommand(CLI::App& app, int& exit_code);
void AddInspectCommand(CLI::App& app, int& exit_code);
void AddSimulateCommand(CLI::App& app, int& exit_code);
void AddCheckCommand(CLI::App& app, int& exit_code);
void AddReplayCommand(CLI::App& app, int& exit_code);

}  // namespace huidu::cli
