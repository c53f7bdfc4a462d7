#include "cli/infer/answer_text.h"

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "cli/infer/json_tensor.h"
#include "cli/infer/npy.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

constexpr size_t kShownValues = 8;

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// The first values, as JSON writes them.
std::string FirstValues(const NamedTensor& output, size_t& count) {
  std::string text;
  if (output.type == tensor::DataType::kBytes) {
    const Json values = TensorToJson(output)["data"];
    count = values.size();
    for (size_t i = 0; i < std::min(count, kShownValues); ++i) StrAppend(&text, i == 0 ? "" : ", ", Dump(values[i]));
    return Printable(text);
  }
  count = output.data.size() / tensor::ElementSize(output.type);
  for (size_t i = 0; i < std::min(count, kShownValues); ++i) {
    StrAppend(&text, i == 0 ? "" : ", ", ElementText(output, i));
  }
  return text;
}

}  // namespace

std::string OutputText(const NamedTensor& output) {
  size_t count = 0;
  const std::string values = FirstValues(output, count);
  return StrCat(Printable(output.name), " ", tensor::Name(output.type), " ", tensor::ToString(output.shape), ": ",
                values, count > kShownValues ? ", …" : "");
}

absl::StatusOr<RecognizedText> ReadText(const NamedTensor& output, const Labels& labels) {
  if (output.shape.size() != 3 || output.shape[0] != 1) {
    return absl::InvalidArgumentError(StrCat("output '", output.name, "' has shape ", tensor::ToString(output.shape),
                                             "; reading text needs [1,T,C]"));
  }
  HUIDU_ASSIGN_OR_RETURN(const std::vector<float> values, ToFloats(output));
  const auto classes = static_cast<size_t>(output.shape[2]);
  if (classes < labels.characters.size() + 1 || classes > labels.characters.size() + 2) {
    return absl::InvalidArgumentError(StrCat("the model has ", classes, " classes, the labels file ",
                                             labels.characters.size(),
                                             " lines; a model has one class more, or two with the space"));
  }
  return DecodeCtc(values, static_cast<size_t>(output.shape[1]), classes, labels);
}

absl::StatusOr<std::string> OutputFile(const InferAnswer& answer, const std::string& path) {
  if (path.ends_with(".npy")) {
    if (answer.outputs.empty()) return absl::InvalidArgumentError("the answer has no output to write");
    return WriteNpy(answer.outputs.front());
  }
  if (!path.ends_with(".json"))
    return absl::InvalidArgumentError(StrCat(path, ": the name ends in neither .npy nor .json"));
  Json json = {{"model_version", answer.model_version}, {"outputs", Json::array()}};
  for (const NamedTensor& output : answer.outputs) json["outputs"].push_back(TensorToJson(output));
  return Dump(json) + "\n";
}

}  // namespace huidu::cli
