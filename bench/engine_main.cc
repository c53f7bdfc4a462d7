// huidu-bench-engine: runs a model in this process, without a server, and prints what it measured as JSON. It is a
// program of its own because an engine's libraries bring along a protobuf that does not get along with gRPC's.
// Exit status: 0 every inference succeeded, 1 some failed, 2 wrong usage.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "bench/engine_load.h"
#include "bench/report.h"

namespace huidu::bench {
namespace {

struct Flags {
  EngineLoadOptions load;
  std::vector<std::string> inputs;
  std::string json_file;
  RunOptions run;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--engine", flags.load.engine, "openvino, paddle or fake")->required();
  app.add_option("--program", flags.load.load.program_file, "the .pdmodel, .json, .onnx, .xml or .fake")->required();
  app.add_option("--params", flags.load.load.params_file, "the .pdiparams or .bin");
  app.add_option("--input", flags.inputs, "NAME:TYPE:DIM,DIM,…[@FILE]; repeat for each input")->required();
  app.add_option("--instances", flags.load.load.instances, "inferences at a time")->check(CLI::Range(1, 256));
  app.add_option("--threads", flags.load.load.threads_per_instance, "of each")->check(CLI::Range(1, 256));
  app.add_option("--callers", flags.load.callers, "requests in flight")->check(CLI::Range(1, 4096));
  app.add_option("--seconds", flags.run.seconds, "how long to measure")->check(CLI::Range(0.01, 1e6));
  app.add_option("--warmup", flags.run.warmup_seconds, "seconds that are not measured, before")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option("--json", flags.json_file, "file for the report; default: standard output");
}

absl::StatusOr<engine::Format> FormatOf(const std::filesystem::path& program) {
  using engine::Format;
  static const std::map<std::string, Format> kFormats = {{".pdmodel", Format::kPaddle},
                                                         {".json", Format::kPaddlePir},
                                                         {".onnx", Format::kOnnx},
                                                         {".xml", Format::kOpenVinoIr},
                                                         {".fake", Format::kFake}};
  const auto found = kFormats.find(program.extension().string());
  if (found != kFormats.end()) return found->second;
  return absl::InvalidArgumentError(StrCat("--program ", program.string(), ": no known kind of model"));
}

// The exit status.
absl::StatusOr<int> Run(Flags flags) {
  engine::LoadOptions& load = flags.load.load;
  const auto program = std::filesystem::absolute(load.program_file);
  HUIDU_ASSIGN_OR_RETURN(load.format, FormatOf(program));
  load.program_file = program.string();
  load.directory = program.parent_path().string();
  if (!load.params_file.empty()) load.params_file = std::filesystem::absolute(load.params_file).string();
  std::vector<Input> inputs;
  for (const std::string& text : flags.inputs) {
    HUIDU_ASSIGN_OR_RETURN(inputs.emplace_back(), ParseInput(text));
  }
  Recorder recorder(flags.run);
  HUIDU_RETURN_IF_ERROR(RunEngineLoad(flags.load, inputs, recorder));
  HUIDU_RETURN_IF_ERROR(WriteReport(recorder.Report(), flags.json_file));
  return recorder.failed() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace huidu::bench

int main(int argc, char** argv) {
  CLI::App app("An engine on its own");
  huidu::bench::Flags flags;
  huidu::bench::AddFlags(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return huidu::bench::ExitStatus("huidu-bench-engine", huidu::bench::Run(flags));
}
