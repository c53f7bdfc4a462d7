#include "task/lexical_analysis/network.h"

#include <filesystem>

#include "base/status.h"
#include "base/strings.h"
#include "task/text/one_output.h"
#include "task/text/parameter_shapes.h"

namespace huidu::task::lexical_analysis {
namespace {

// The shape of the one parameter in a file; empty if there is no such file.
absl::StatusOr<tensor::Shape> TableShape(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return tensor::Shape{};
  HUIDU_ASSIGN_OR_RETURN(const std::vector<tensor::Shape> shapes, text::ReadParameterShapes(path));
  if (shapes.size() == 1 && shapes[0].size() == 2) return shapes[0];
  return absl::FailedPreconditionError(StrCat(path, " is no table"));
}

absl::Status DoesNotFit(const std::string& dictionary, const std::string& what, int64_t found, const std::string& table,
                        int64_t expected) {
  return absl::FailedPreconditionError(StrCat(dictionary, ": ", what, " ", found, "; ", table, " of the network has ",
                                              expected, ": this is the dictionary of another network"));
}

}  // namespace

absl::Status CheckSignature(const engine::Signature& signature) {
  const bool fits = signature.inputs.size() == 1 && signature.inputs[0].type == tensor::DataType::kInt64 &&
                    signature.inputs[0].lod_level > 0 && !signature.outputs.empty() &&
                    signature.outputs[0].type == tensor::DataType::kInt64;
  if (fits) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "lexical_analysis needs a network with one INT64 input of grouped rows (LoD), the words, and an INT64 output, "
      "their "
      "tags");
}

absl::Status CheckTables(const std::string& directory, const DictionaryPaths& paths, const Vocabulary& vocabulary,
                         const Tags& tags) {
  if (directory.empty()) return absl::OkStatus();
  HUIDU_ASSIGN_OR_RETURN(const tensor::Shape words, TableShape(directory + "/word_emb"));
  if (!words.empty() && words[0] != vocabulary.highest() + 1) {
    return DoesNotFit(paths.words, "its words need a table of this many rows:", vocabulary.highest() + 1, "word_emb",
                      words[0]);
  }
  HUIDU_ASSIGN_OR_RETURN(const tensor::Shape transitions, TableShape(directory + "/crfw"));
  if (transitions.empty()) return absl::OkStatus();
  if (transitions[1] != tags.highest() + 1) {
    return DoesNotFit(paths.tags, "its tags need a table of this many columns:", tags.highest() + 1, "crfw",
                      transitions[1]);
  }
  for (int64_t number = 0; number < transitions[1]; ++number) {
    if (tags.Find(number) != nullptr) continue;
    return absl::FailedPreconditionError(StrCat(paths.tags, " has no tag with the number ", number,
                                                "; the network (crfw) has the numbers 0 to ", transitions[1] - 1));
  }
  return absl::OkStatus();
}

absl::Status TryHighestWord(engine::Model& network, const DictionaryPaths& paths, const Vocabulary& vocabulary,
                            const Tags& tags) {
  HUIDU_ASSIGN_OR_RETURN(const std::unique_ptr<engine::Instance> instance, network.NewInstance());
  const int64_t highest = vocabulary.highest();
  const tensor::View view = {tensor::DataType::kInt64, {1, 1}, std::as_bytes(std::span(&highest, 1)), {0, 1}};
  text::OneOutput output;
  const absl::Status status = instance->Run({&view, 1}, output);
  if (!status.ok()) {
    return absl::FailedPreconditionError(
        StrCat(paths.words, ": the network cannot read the word with the number ", highest, ": ", Text(status)));
  }
  const std::vector<int64_t> answer = output.Values<int64_t>();
  if (answer.size() == 1 && tags.Find(answer[0]) != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(StrCat(
      paths.tags, ": the network answered one word with ", answer.size(), " tags",
      answer.empty() ? std::string() : StrCat(", the first is ", answer[0]), "; expected is one out of this file"));
}

}  // namespace huidu::task::lexical_analysis
