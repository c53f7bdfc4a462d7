#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "base/status.h"
#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/infer/answer_text.h"
#include "cli/infer/json_tensor.h"
#include "cli/infer/kserve.h"
#include "cli/infer/make_inputs.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

struct InferOptions {
  std::string url = "http://127.0.0.1:18080";
  ModelAddress address;
  InputSources sources;
  std::string json_request;
  std::string labels;
  std::string output;
  bool json = false;
  int timeout_s = 60;
  std::vector<float> mean, std_deviation;
};

absl::StatusOr<HttpRequest> MakeRequest(const InferOptions& options, const Url& url, const HttpLimits& limits) {
  if (!options.json_request.empty()) {
    HUIDU_ASSIGN_OR_RETURN(std::string body, ReadFile(options.json_request));
    return JsonRequest(options.address, std::move(body));
  }
  HUIDU_ASSIGN_OR_RETURN(const HttpAnswer metadata, Send(url, {.target = ModelTarget(options.address)}, limits));
  if (metadata.status != 200) return ErrorOf(metadata);
  HUIDU_ASSIGN_OR_RETURN(const std::vector<tensor::Spec> inputs, ParseInputs(metadata.body));
  HUIDU_ASSIGN_OR_RETURN(const std::vector<NamedTensor> tensors, MakeInputs(options.sources, inputs));
  return BinaryRequest(options.address, tensors);
}

absl::Status WriteOutput(const InferAnswer& answer, const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  HUIDU_ASSIGN_OR_RETURN(const std::string contents, OutputFile(answer, path));
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << contents;
  return file.flush() ? absl::OkStatus() : absl::UnavailableError(StrCat(path, ": cannot be written"));
}

absl::StatusOr<RecognizedText> Recognize(const InferAnswer& answer, const std::string& labels_file) {
  if (answer.outputs.empty()) return absl::InvalidArgumentError("the answer has no output to read text from");
  HUIDU_ASSIGN_OR_RETURN(const std::string file, ReadFile(labels_file, size_t{16} << 20));
  return ReadText(answer.outputs.front(), ParseLabels(file));
}

void PrintAnswer(const InferOptions& options, const InferAnswer& answer, double millis, const RecognizedText* text) {
  if (options.json) {
    Json json = {{"model", options.address.model}, {"model_version", answer.model_version}, {"latency_ms", millis}};
    if (text != nullptr) json["text"] = {{"text", text->text}, {"confidence", text->confidence}};
    json["outputs"] = Json::array();
    for (const NamedTensor& output : answer.outputs) json["outputs"].push_back(TensorToJson(output));
    std::cout << json.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
    return;
  }
  std::cout << Printable(options.address.model) << " " << Printable(answer.model_version) << " answered in "
            << FormatMilliseconds(millis) << " ms\n";
  for (const NamedTensor& output : answer.outputs) std::cout << OutputText(output) << "\n";
  if (text != nullptr) {
    std::cout << "text: " << Printable(text->text) << absl::StrFormat(" (confidence %.3f)\n", text->confidence);
  }
}

int RunInfer(const InferOptions& options) {
  const auto url = ParseUrl(options.url);
  if (!url.ok()) return Fail(url.status());
  const HttpLimits limits{.timeout = std::chrono::seconds(options.timeout_s)};
  const auto request = MakeRequest(options, *url, limits);
  if (!request.ok()) return Fail(request.status());
  const TimePoint begin = Now();
  const auto response = Send(*url, *request, limits);
  const double millis = std::chrono::duration<double, std::milli>(Now() - begin).count();
  if (!response.ok()) return Fail(response.status());
  const auto answer = ParseInferAnswer(*response);
  if (!answer.ok()) return Fail(answer.status());
  absl::StatusOr<RecognizedText> text;
  if (!options.labels.empty()) {
    text = Recognize(*answer, options.labels);
    if (!text.ok()) return Fail(text.status());
  }
  PrintAnswer(options, *answer, millis, text.ok() ? &*text : nullptr);
  const absl::Status written = WriteOutput(*answer, options.output);
  return written.ok() ? kDone : Fail(written);
}

void AddImageOptions(CLI::App& command, InferOptions& options) {
  ImageOptions& image = options.sources.image_options;
  command.add_option("--image", options.sources.image, "PNG, JPEG or BMP for a model with one [1,3,H,W] input");
  command.add_option("--mean", options.mean, "Subtracted from each channel after /255")
      ->expected(3)
      ->delimiter(',')
      ->default_str("0.5,0.5,0.5");
  command.add_option("--std", options.std_deviation, "What each channel is divided by")
      ->expected(3)
      ->delimiter(',')
      ->default_str("0.5,0.5,0.5");
  command.add_flag("--rgb", image.rgb, "Red first; PaddleOCR's models want blue first, the default");
  command.add_option("--height", image.height, "Height where the model leaves it open")
      ->check(CLI::Range(1, 16384))
      ->capture_default_str();
  command.add_option("--width", image.width, "Least width where the model leaves it open")->check(CLI::Range(0, 16384));
}

// At least one source of inputs, and pictures' numbers into their places; throws for the parser to report.
void CheckInferOptions(InferOptions& options) {
  const InputSources& sources = options.sources;
  if (options.json_request.empty() && sources.files.empty() && sources.image.empty() && !sources.random) {
    throw CLI::RequiredError("one of --input, --image, --json-request, --random");
  }
  std::copy(options.mean.begin(), options.mean.end(), options.sources.image_options.mean.begin());
  std::copy(options.std_deviation.begin(), options.std_deviation.end(), options.sources.image_options.std.begin());
  for (const float value : options.std_deviation) {
    if (value == 0) throw CLI::ValidationError("--std", "must not be 0");
  }
}

}  // namespace

void AddInferCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("infer", "Send a tensor file or a picture to a model");
  auto options = std::make_shared<InferOptions>();
  InputSources& sources = options->sources;
  command->add_option("--model", options->address.model)->required();
  command->add_option("--model-version", options->address.version, "Default: the live one");
  command->add_option("--url", options->url, "URL of the inference port")->envname("HUIDU_URL")->capture_default_str();
  command->add_option("--input", sources.files,
                      "NAME=FILE with .npy, .json or .bin; the name may be left out of an only input");
  auto* json_request = command->add_option("--json-request", options->json_request, "A KServe request, sent as it is");
  command->add_option("--random", sources.random, "Random values from this seed for every input that is not given");
  command->add_option("--shape", sources.shapes, "NAME=1,3,48,320 for open dimensions of random and .bin inputs");
  AddImageOptions(*command, *options);
  command->add_option("--labels", options->labels, "Characters, one a line: read a [1,T,C] output as text");
  command->add_option("--output", options->output, "Write the first output as .npy, or all of them as .json");
  command->add_flag("--json", options->json, "Print JSON");
  command->add_option("--timeout", options->timeout_s, "Seconds to wait")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  json_request->excludes("--input")->excludes("--image")->excludes("--random");
  command->callback([options, &exit_code] {
    CheckInferOptions(*options);
    exit_code = RunInfer(*options);
  });
}

}  // namespace huidu::cli
