// run_task: one task on files, without a server. For the tests of tasks and for those who write one.
//
//   run_task --task ocr --part detection=DIR --part recognition=DIR --resource dictionary=FILE --setting name=value
//   FILE…
//
// Each FILE is one request: its bytes are the one element of the task's BYTES input. --lines: each line of the files
// is. Prints one JSON object a request: the outputs by name, or "error".

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/strings.h"
#include "engine/testing/collecting_sink.h"
#include "task/elements.h"
#include "task/task.h"

namespace huidu::task {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string engine = "openvino";
  int threads = 1;
  int repeat = 1;
  bool lines = false;
  std::vector<std::string> lod_inputs, parts, resources, settings, files;
  Description description;
};

std::pair<std::string, std::string> Split(const std::string& pair) {
  const size_t at = pair.find('=');
  if (at == std::string::npos) throw CLI::ValidationError(pair, "expected NAME=VALUE");
  return {pair.substr(0, at), pair.substr(at + 1)};
}

// By the names of the files only: repository/ finds out more, but it needs a protobuf library, which does not get along
// with Paddle's own in one process.
engine::LoadOptions FindModel(const Options& options, const std::filesystem::path& directory) {
  using engine::Format;
  engine::LoadOptions load{.directory = directory, .lod_inputs = options.lod_inputs};
  load.threads_per_instance = options.threads;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string path = entry.path().string(), extension = entry.path().extension().string();
    if (extension == ".onnx") load.format = Format::kOnnx, load.program_file = path;
    if (extension == ".pdmodel") load.format = Format::kPaddle, load.program_file = path;
    if (extension == ".json") load.format = Format::kPaddlePir, load.program_file = path;
    if (extension == ".pdiparams" || entry.path().filename() == "__params__") load.params_file = path;
    if (entry.path().filename() == "__model__")
      load.format = Format::kPaddleSeparate, load.program_file = path;
    else if (entry.is_regular_file())
      load.parameter_files.push_back(entry.path().filename().string());
  }
  if (load.format == Format::kPaddleSeparate && !load.params_file.empty()) load.format = Format::kPaddleCombined;
  if (load.format != Format::kPaddleSeparate) load.parameter_files.clear();
  return load;
}

absl::StatusOr<std::unique_ptr<engine::Model>> Build(const Options& options) {
  std::vector<Part> parts;
  for (const std::string& part : options.parts) {
    const auto [name, directory] = Split(part);
    HUIDU_ASSIGN_OR_RETURN(engine::Engine* const engine, engine::OpenEngine(options.engine));
    HUIDU_ASSIGN_OR_RETURN(std::unique_ptr<engine::Model> model, engine->Load(FindModel(options, directory)));
    parts.push_back({name, std::move(model)});
  }
  HUIDU_ASSIGN_OR_RETURN(Task* const task, OpenTask(options.description.task));
  return task->Build(options.description, Parts(std::move(parts)));
}

template <typename T>
Json Numbers(const engine::testing::CollectingSink::Output& output) {
  std::vector<T> values(output.data.size() / sizeof(T));
  std::memcpy(values.data(), output.data.data(), output.data.size());
  return values;
}

Json Values(const engine::testing::CollectingSink::Output& output) {
  if (output.type == tensor::DataType::kFp32) return Numbers<float>(output);
  if (output.type == tensor::DataType::kInt32) return Numbers<int32_t>(output);
  if (output.type != tensor::DataType::kBytes) return "(not printed)";
  Json texts = Json::array();
  for (const std::string_view text : Elements({output.type, output.shape, output.data})) texts.push_back(text);
  return texts;
}

Json Run(engine::Model& model, engine::Instance& instance, const std::string& bytes) {
  std::string element(sizeof(uint32_t), '\0');
  const auto length = static_cast<uint32_t>(bytes.size());
  std::memcpy(element.data(), &length, sizeof(length));
  element += bytes;
  const tensor::View view = {tensor::DataType::kBytes, {1}, std::as_bytes(std::span(element))};
  engine::testing::CollectingSink sink;
  const auto start = std::chrono::steady_clock::now();
  const absl::Status status = instance.Run({&view, 1}, sink);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  Json json;
  if (!status.ok()) json["error"] = status.ToString();
  for (size_t i = 0; status.ok() && i < model.signature().outputs.size(); ++i) {
    json[model.signature().outputs[i].name] = Values(sink.at(i));
  }
  json["ms"] = took.count();
  return json;
}

std::vector<std::string> ReadRequests(const Options& options) {
  std::vector<std::string> requests;
  for (const std::string& path : options.files) {
    std::ifstream file(path, std::ios::binary);
    if (!options.lines) {
      requests.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
      continue;
    }
    for (std::string line; std::getline(file, line);) requests.push_back(line);
  }
  return requests;
}

int Main(const Options& options) {
  const auto model = Build(options);
  const auto instance = model.ok() ? (*model)->NewInstance() : model.status();
  if (!instance.ok()) {
    std::cerr << instance.status() << "\n";
    return 1;
  }
  const std::vector<std::string> requests = ReadRequests(options);
  for (int round = 0; round < options.repeat; ++round) {
    for (const std::string& request : requests) {
      std::cout << Run(**model, **instance, request).dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
    }
  }
  std::cout.flush();
  _exit(0);  // engines leave threads behind whose end is not worth waiting for
}

}  // namespace
}  // namespace huidu::task

int main(int argc, char** argv) {
  CLI::App app{"Runs a task on files, without a server"};
  huidu::task::Options options;
  app.add_option("--task", options.description.task)->required();
  app.add_option("--engine", options.engine, "openvino or paddle");
  app.add_option("--threads", options.threads);
  app.add_option("--repeat", options.repeat);
  app.add_flag("--lines", options.lines, "Each line of the files is a request");
  app.add_option("--part", options.parts, "NAME=FOLDER");
  app.add_option("--lod", options.lod_inputs, "Paddle: an input whose rows are grouped into sequences");
  app.add_option("--resource", options.resources, "NAME=FILE");
  app.add_option("--setting", options.settings, "NAME=VALUE");
  app.add_option("files", options.files);
  CLI11_PARSE(app, argc, argv);
  using huidu::task::Split;
  for (const auto& text : options.resources)
    options.description.resources.push_back({Split(text).first, Split(text).second});
  for (const auto& text : options.parts) {
    if (const auto [name, folder] = Split(text); name == huidu::task::kWholeFolder)
      options.description.directory = folder;
  }
  for (const auto& text : options.settings) {
    options.description.settings.push_back({Split(text).first, Split(text).second, "--setting"});
  }
  return huidu::task::Main(options);
}
