#pragma once

namespace CLI {
class App;
}

// The client side of the program `huidu`: everything but `serve`.
namespace huidu::cli {

// What a subcommand ends with.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;      // refused or failed; the reason is on standard error
inline constexpr int kWrongUsage = 2;  // the command line itself

// Adds the subcommands to `app`. The one that the command line names runs while Parse() is at work, and leaves its exit
// code in `exit_code`, which outlives that call.
void AddClientCommands(CLI::App& app, int& exit_code);

// Parses the command line, which runs the subcommand that it names, and gives the program's exit code: that of the
// subcommand, kDone for --help, kWrongUsage for a command line that does not fit.
int Parse(CLI::App& app, int argc, char** argv, const int& exit_code);

}  // namespace huidu::cli
