// The task `text_classification`: a text to the one of a few labels that fits it best. For networks that read a fixed
// number of characters.

#include <algorithm>
#include <cmath>

#include "base/status.h"
#include "base/strings.h"
#include "task/elements.h"
#include "task/settings.h"
#include "task/task.h"
#include "task/text/text_file.h"
#include "task/text_classification/encoder.h"
#include "task/text_classification/network.h"

namespace huidu::task::text_classification {
namespace {

constexpr char kExample[] = "请问我的银行卡丢了怎么办？";

struct Options {
  size_t length;  // characters that the network reads
  size_t batch;   // texts that it reads at once
  size_t texts;   // of a request
  bool scores_are_logits;
  bool normalize;
};

enum Output : size_t { kLabel, kProbability, kProbabilities, kLabels };

// All that an instance needs beside its network.
struct Classifier {
  Options options;
  Encoder encoder;
  std::vector<std::string> labels;
  Form form;
};

engine::Signature MakeSignature(const engine::Signature& network, size_t labels) {
  using tensor::DataType, tensor::kDynamic;
  const auto count = static_cast<int64_t>(labels);
  engine::Signature signature{.platform = network.platform};
  signature.inputs = {
      {.name = "text", .type = DataType::kBytes, .shape = {kDynamic}, .example = kExample, .media_type = "text/plain"}};
  signature.outputs = {{.name = "label", .type = DataType::kBytes, .shape = {kDynamic}},
                       {.name = "probability", .type = DataType::kFp32, .shape = {kDynamic}},
                       {.name = "probabilities", .type = DataType::kFp32, .shape = {kDynamic, count}},
                       {.name = "labels", .type = DataType::kBytes, .shape = {count}}};
  return signature;
}

void Softmax(std::span<float> scores) {
  const float highest = *std::max_element(scores.begin(), scores.end());
  float sum = 0;
  for (float& score : scores) sum += score = std::exp(score - highest);
  for (float& score : scores) score /= sum;
}

class ClassifierInstance : public engine::Instance {
 public:
  ClassifierInstance(std::unique_ptr<engine::Instance> network, const Classifier& classifier)
      : classifier_(classifier), network_(std::move(network), classifier.form, classifier.labels.size()) {}

  absl::Status Run(std::span<const tensor::View> inputs, engine::OutputSink& outputs) override {
    HUIDU_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadAll(Elements(inputs[0])));
    HUIDU_ASSIGN_OR_RETURN(const std::vector<float> probabilities, RunAll(rows));
    return Write(probabilities, rows.size(), outputs);
  }

 private:
  // All texts are checked before the network runs for the first.
  absl::StatusOr<std::vector<Row>> ReadAll(const std::vector<std::string_view>& texts) const {
    if (texts.size() > classifier_.options.texts) {
      return absl::InvalidArgumentError(StrCat("the request has ", texts.size(), " texts; at most ",
                                               classifier_.options.texts, " are allowed (setting max_texts)"));
    }
    std::vector<Row> rows;
    for (size_t i = 0; i < texts.size(); ++i) {
      absl::StatusOr<Row> row = classifier_.encoder.Encode(texts[i]);
      if (!row.ok()) return Annotate(row.status(), StrCat("text ", i));
      rows.push_back(*std::move(row));
    }
    return rows;
  }

  absl::StatusOr<std::vector<float>> RunAll(std::span<const Row> rows) {
    std::vector<float> probabilities;
    for (size_t from = 0; from < rows.size(); from += classifier_.options.batch) {
      const size_t count = std::min(classifier_.options.batch, rows.size() - from);
      HUIDU_ASSIGN_OR_RETURN(const std::vector<float> scores, network_.Run(rows.subspan(from, count)));
      probabilities.insert(probabilities.end(), scores.begin(), scores.end());
    }
    if (!classifier_.options.scores_are_logits) return probabilities;
    for (size_t i = 0; i < rows.size(); ++i) {
      Softmax(std::span(probabilities).subspan(i * classifier_.labels.size(), classifier_.labels.size()));
    }
    return probabilities;
  }

  absl::Status Write(std::span<const float> probabilities, size_t texts, engine::OutputSink& outputs) const {
    const size_t labels = classifier_.labels.size();
    std::vector<std::string> best_labels;
    std::vector<float> best;
    for (size_t i = 0; i < texts; ++i) {
      const auto row = probabilities.subspan(i * labels, labels);
      const auto highest = std::max_element(row.begin(), row.end());
      best_labels.push_back(classifier_.labels[static_cast<size_t>(highest - row.begin())]);
      best.push_back(*highest);
    }
    const auto count = static_cast<int64_t>(texts);
    HUIDU_RETURN_IF_ERROR(WriteTexts(outputs, kLabel, best_labels));
    HUIDU_RETURN_IF_ERROR(WriteNumbers<float>(outputs, kProbability, {count}, best));
    HUIDU_RETURN_IF_ERROR(
        WriteNumbers<float>(outputs, kProbabilities, {count, static_cast<int64_t>(labels)}, probabilities));
    return WriteTexts(outputs, kLabels, classifier_.labels);
  }

  const Classifier& classifier_;
  Network network_;
};

class ClassifierModel : public engine::Model {
 public:
  ClassifierModel(std::unique_ptr<engine::Model> network, Classifier classifier)
      : network_(std::move(network)),
        classifier_(std::move(classifier)),
        signature_(MakeSignature(network_->signature(), classifier_.labels.size())) {}

  const engine::Signature& signature() const override { return signature_; }
  absl::StatusOr<std::unique_ptr<engine::Instance>> NewInstance() override {
    HUIDU_ASSIGN_OR_RETURN(std::unique_ptr<engine::Instance> network, network_->NewInstance());
    return std::make_unique<ClassifierInstance>(std::move(network), classifier_);
  }

 private:
  const std::unique_ptr<engine::Model> network_;
  const Classifier classifier_;
  const engine::Signature signature_;
};

absl::StatusOr<std::vector<std::string>> LoadLabels(const std::string& path) {
  HUIDU_ASSIGN_OR_RETURN(const std::string text, text::ReadText(path));
  std::vector<std::string> labels;
  for (const std::string_view line : text::Lines(text)) labels.emplace_back(line);
  if (labels.empty()) return absl::FailedPreconditionError(StrCat(path, " has no labels: expected is one a line"));
  return labels;
}

Options ReadOptions(Settings& settings) {
  Options options;
  options.length = static_cast<size_t>(settings.Integer("max_length", 64, 1, 4096));
  options.batch = static_cast<size_t>(settings.Integer("max_batch", 32, 1, 1024));
  options.texts = static_cast<size_t>(settings.Integer("max_texts", 10'000, 1, 1'000'000));
  options.scores_are_logits = settings.Choice("scores", "probabilities", {"probabilities", "logits"}) == "logits";
  options.normalize = settings.Flag("normalize", true);
  return options;
}

class TextClassification : public Task {
 public:
  absl::StatusOr<std::unique_ptr<engine::Model>> Build(const Description& description, Parts parts) override {
    Settings settings(description);
    Classifier classifier{.options = ReadOptions(settings)};
    HUIDU_RETURN_IF_ERROR(settings.Check());
    HUIDU_RETURN_IF_ERROR(CheckResources(description, {"labels", "vocabulary"}));
    HUIDU_ASSIGN_OR_RETURN(const std::string labels, RequireResource(description, "labels"));
    HUIDU_ASSIGN_OR_RETURN(classifier.labels, LoadLabels(labels));
    HUIDU_ASSIGN_OR_RETURN(const std::string vocabulary, RequireResource(description, "vocabulary"));
    HUIDU_ASSIGN_OR_RETURN(classifier.encoder,
                           Encoder::Load(vocabulary, classifier.options.length, classifier.options.normalize));
    HUIDU_ASSIGN_OR_RETURN(std::unique_ptr<engine::Model> network, parts.Require(kWholeFolder));
    HUIDU_RETURN_IF_ERROR(parts.CheckAllTaken());
    HUIDU_ASSIGN_OR_RETURN(classifier.form,
                           FormOf(network->signature(), classifier.options.length, classifier.labels.size()));
    HUIDU_RETURN_IF_ERROR(CheckTables(description.directory, vocabulary, classifier.encoder.tokens()));
    HUIDU_RETURN_IF_ERROR(Try(*network, classifier, vocabulary));
    return std::make_unique<ClassifierModel>(std::move(network), std::move(classifier));
  }

 private:
  // Runs the network on the last token, so that a table that is too short is found before the first request.
  static absl::Status Try(engine::Model& network, const Classifier& classifier, const std::string& vocabulary) {
    HUIDU_ASSIGN_OR_RETURN(std::unique_ptr<engine::Instance> instance, network.NewInstance());
    const size_t length = classifier.options.length;
    const Row row = {std::vector<int64_t>(length, classifier.encoder.tokens() - 1), length};
    const absl::Status status =
        Network(std::move(instance), classifier.form, classifier.labels.size()).Run({&row, 1}).status();
    if (status.ok()) return status;
    return absl::FailedPreconditionError(StrCat("the network cannot read the last of the ", classifier.encoder.tokens(),
                                                " tokens of ", vocabulary, ", or has other labels: ", Text(status)));
  }
};

}  // namespace
}  // namespace huidu::task::text_classification

extern "C" __attribute__((visibility("default"))) huidu::task::Task* huidu_task_v1() {
  static huidu::task::text_classification::TextClassification task;
  return &task;
}
