// huidu-bench: keeps a KServe server busy over HTTP or gRPC, checks every answer, and prints what it measured as JSON.
// Exit status: 0 every request was answered well, 1 some failed, 2 wrong usage.

#include <CLI/CLI.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "bench/grpc_load.h"
#include "bench/http_load.h"
#include "bench/report.h"

namespace huidu::bench {
namespace {

// Set by an interrupt: no new request, but those that are out are awaited and the report is written.
std::atomic<bool> stop = false;

struct Flags {
  std::string server;
  std::string model;
  std::vector<std::string> inputs;
  int connections = 1;
  int channels = 0;
  bool any_server = false;
  std::string json_file;
  RunOptions run;
  Switcher::Options switches;
};

void AddCommonFlags(CLI::App& command, Flags& flags) {
  command.add_option("--server", flags.server, "host:port of the inference protocol")->required();
  command.add_option("--model", flags.model, "model to ask")->required();
  command.add_option("--input", flags.inputs, "NAME:TYPE:DIM,DIM,…[@FILE]; repeat for each input")->required();
  command.add_option("--connections", flags.connections, "requests in flight")->check(CLI::Range(1, 4096));
  command.add_option("--seconds", flags.run.seconds, "how long to measure")->check(CLI::Range(0.01, 1e6));
  command.add_option("--requests", flags.run.requests, "how many requests to measure, instead of --seconds");
  command.add_option("--warmup", flags.run.warmup_seconds, "seconds that are not measured, before")
      ->check(CLI::Range(0.0, 3600.0));
  command.add_option("--progress", flags.run.progress_seconds, "seconds between JSON lines while it runs")
      ->check(CLI::Range(0.0, 3600.0));
  command.add_option("--samples", flags.run.samples_file, "file for 16 bytes on every request, see recorder.h");
  command.add_option("--json", flags.json_file, "file for the report; default: standard output");
  command.add_flag("--any-server", flags.any_server, "accept answers without x-model-version");
}

void AddHttpFlags(CLI::App& command, Flags& flags) {
  AddCommonFlags(command, flags);
  command.add_option("--rate", flags.run.rate, "requests per second at even intervals; default: as fast as answered")
      ->check(CLI::Range(0.0, 1e6));
  command.add_option("--switch-admin", flags.switches.admin, "host:port of the admin port, for --switch-to");
  command.add_option("--switch-to", flags.switches.versions, "order switches to these versions in turn, meanwhile")
      ->delimiter(',');
  command.add_option("--switch-every", flags.switches.every_seconds, "seconds between orders")
      ->check(CLI::Range(0.001, 3600.0));
}

void AddGrpcFlags(CLI::App& command, Flags& flags) {
  AddCommonFlags(command, flags);
  command.add_option("--channels", flags.channels, "connections that the calls share; default: one a call")
      ->check(CLI::Range(1, 4096));
}

absl::StatusOr<std::vector<Input>> ParseInputs(const Flags& flags) {
  std::vector<Input> inputs;
  for (const std::string& text : flags.inputs) {
    HUIDU_ASSIGN_OR_RETURN(inputs.emplace_back(), ParseInput(text));
  }
  return inputs;
}

absl::Status RunHttp(const Flags& flags, std::vector<Input> inputs, Recorder& recorder, Switcher& switcher) {
  HttpLoad load({.server = flags.server,
                 .connections = flags.connections,
                 .request = BuildInferRequest(flags.server, flags.model, inputs),
                 .expect_version = !flags.any_server},
                recorder, switcher);
  return load.Run();
}

absl::Status RunGrpc(const Flags& flags, std::vector<Input> inputs, Recorder& recorder) {
  GrpcLoad load({.server = flags.server,
                 .model = flags.model,
                 .inputs = std::move(inputs),
                 .calls = flags.connections,
                 .channels = flags.channels == 0 ? flags.connections : flags.channels,
                 .expect_version = !flags.any_server},
                recorder);
  return load.Run();
}

// The exit status.
absl::StatusOr<int> Run(bool grpc, Flags flags) {
  HUIDU_ASSIGN_OR_RETURN(std::vector<Input> inputs, ParseInputs(flags));
  flags.switches.model = flags.model;
  flags.run.stop = &stop;
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stop = true; });
  Recorder recorder(flags.run);
  Switcher switcher(flags.switches);
  HUIDU_RETURN_IF_ERROR(grpc ? RunGrpc(flags, std::move(inputs), recorder)
                             : RunHttp(flags, std::move(inputs), recorder, switcher));
  nlohmann::json report = recorder.Report();
  if (switcher.enabled()) report["switches"] = switcher.Report();
  HUIDU_RETURN_IF_ERROR(recorder.WriteSamples());
  HUIDU_RETURN_IF_ERROR(WriteReport(report, flags.json_file));
  return recorder.failed() == 0 && switcher.refused() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace huidu::bench

int main(int argc, char** argv) {
  CLI::App app("Load generator for KServe inference servers");
  app.require_subcommand(1);
  huidu::bench::Flags flags;
  huidu::bench::AddHttpFlags(*app.add_subcommand("http", "HTTP/1.1 with binary tensors"), flags);
  CLI::App* grpc = app.add_subcommand("grpc", "gRPC with raw tensors");
  huidu::bench::AddGrpcFlags(*grpc, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return huidu::bench::ExitStatus("huidu-bench", huidu::bench::Run(grpc->parsed(), flags));
}
