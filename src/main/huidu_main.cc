// huidu: the server and its command line, one program.

#include <CLI/CLI.hpp>

#include "cli/cli.h"
#include "main/serve.h"

int main(int argc, char** argv) {
  CLI::App app{"Huidu: an inference server that makes changing a model safe"};
  app.set_version_flag("--version", HUIDU_VERSION);
  app.require_subcommand(1);
  app.footer("Every subcommand has --help. Exit status: 0 done, 1 refused or failed, 2 wrong usage.");
  huidu::ServeOptions serve_options;
  bool serve = false;
  huidu::AddServe(app, serve_options)->callback([&serve] { serve = true; });  // not for --help
  int exit_code = huidu::cli::kDone;
  huidu::cli::AddClientCommands(app, exit_code);
  exit_code = huidu::cli::Parse(app, argc, argv, exit_code);
  return serve && exit_code == huidu::cli::kDone ? huidu::Serve(serve_options) : exit_code;
}
