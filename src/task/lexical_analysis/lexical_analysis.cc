// The task `lexical_analysis`: sentences to words with their parts of speech and entity types, by Baidu's LAC (Jiao
// Zhenyu et al., "Chinese Lexical Analysis with Deep Bi-GRU-CRF Network", 2018). Words and tags are those of the Python
// package LAC 2.1.2.

#include "base/status.h"
#include "base/strings.h"
#include "task/elements.h"
#include "task/lexical_analysis/lexicon.h"
#include "task/lexical_analysis/network.h"
#include "task/settings.h"
#include "task/task.h"
#include "task/text/one_output.h"
#include "task/text/text_file.h"

namespace huidu::task::lexical_analysis {
namespace {

constexpr char kExample[] = "百度是一家高科技公司";

struct Limits {
  size_t characters;  // of a sentence
  size_t sentences;   // of a request
};

enum Output : size_t { kWord, kTag, kTextIndex };

engine::Signature MakeSignature(const engine::Signature& network) {
  using tensor::DataType;
  engine::Signature signature{.platform = network.platform};
  signature.inputs = {{.name = "text",
                       .type = DataType::kBytes,
                       .shape = {tensor::kDynamic},
                       .example = kExample,
                       .media_type = "text/plain"}};
  signature.outputs = {{.name = "word", .type = DataType::kBytes, .shape = {tensor::kDynamic}},
                       {.name = "tag", .type = DataType::kBytes, .shape = {tensor::kDynamic}},
                       {.name = "text_index", .type = DataType::kInt32, .shape = {tensor::kDynamic}}};
  return signature;
}

// The words of a request, as they go into its answer.
struct Found {
  std::vector<std::string> words, tags;
  std::vector<int32_t> text_indices;

  absl::Status WriteTo(engine::OutputSink& outputs) const {
    const auto count = static_cast<int64_t>(words.size());
    HUIDU_RETURN_IF_ERROR(WriteTexts(outputs, kWord, words));
    HUIDU_RETURN_IF_ERROR(WriteTexts(outputs, kTag, tags));
    return WriteNumbers<int32_t>(outputs, kTextIndex, {count}, text_indices);
  }
};

class LacInstance : public engine::Instance {
 public:
  LacInstance(std::unique_ptr<engine::Instance> network, const Lexicon& lexicon, Limits limits)
      : network_(std::move(network)), lexicon_(lexicon), limits_(limits) {}

  absl::Status Run(std::span<const tensor::View> inputs, engine::OutputSink& outputs) override {
    const std::vector<std::string_view> texts = Elements(inputs[0]);
    if (texts.size() > limits_.sentences) {
      return absl::InvalidArgumentError(StrCat("the request has ", texts.size(), " texts; at most ", limits_.sentences,
                                               " are allowed (setting max_texts)"));
    }
    HUIDU_ASSIGN_OR_RETURN(const std::vector<text::Sentence> sentences, DecodeAll(texts));
    Found found;
    for (size_t i = 0; i < sentences.size(); ++i) {
      if (sentences[i].size() > 0) HUIDU_RETURN_IF_ERROR(Analyse(sentences[i], static_cast<int32_t>(i), found));
    }
    return found.WriteTo(outputs);
  }

 private:
  // All texts are checked before the network runs for the first.
  absl::StatusOr<std::vector<text::Sentence>> DecodeAll(const std::vector<std::string_view>& texts) const {
    std::vector<text::Sentence> sentences;
    for (size_t i = 0; i < texts.size(); ++i) {
      absl::StatusOr<text::Sentence> sentence = text::Decode(texts[i], limits_.characters);
      if (!sentence.ok()) return BadText(i, sentence.status());
      sentences.push_back(*std::move(sentence));
    }
    return sentences;
  }

  static absl::Status BadText(size_t index, const absl::Status& why) {
    const bool too_long = why.code() == absl::StatusCode::kOutOfRange;
    return absl::InvalidArgumentError(StrCat("text ", index, ": ", Text(why),
                                             too_long ? "; the version's setting max_characters allows no more" : ""));
  }

  // One run a sentence: Paddle would make one of each sentence of a larger request as well.
  absl::Status Analyse(const text::Sentence& sentence, int32_t index, Found& found) {
    const Rows rows = lexicon_.Read(sentence);
    const auto count = static_cast<int64_t>(rows.numbers.size());
    const tensor::View view = {
        tensor::DataType::kInt64, {count, 1}, std::as_bytes(std::span(rows.numbers)), {0, rows.numbers.size()}};
    HUIDU_RETURN_IF_ERROR(network_->Run({&view, 1}, output_));
    const std::vector<int64_t> numbers = output_.Values<int64_t>();
    if (numbers.size() != rows.numbers.size()) {
      return absl::InternalError(StrCat("the network answered ", count, " rows with ", numbers.size(), " tags"));
    }
    HUIDU_ASSIGN_OR_RETURN(std::vector<Word> words, lexicon_.Words(sentence, rows.lengths, numbers));
    for (Word& word : words) {
      found.words.push_back(std::move(word.text));
      found.tags.push_back(std::move(word.tag));
      found.text_indices.push_back(index);
    }
    return absl::OkStatus();
  }

  const std::unique_ptr<engine::Instance> network_;
  const Lexicon& lexicon_;
  const Limits limits_;
  text::OneOutput output_;
};

class LacModel : public engine::Model {
 public:
  LacModel(std::unique_ptr<engine::Model> network, Lexicon lexicon, Limits limits)
      : network_(std::move(network)),
        lexicon_(std::move(lexicon)),
        limits_(limits),
        signature_(MakeSignature(network_->signature())) {}

  const engine::Signature& signature() const override { return signature_; }
  absl::StatusOr<std::unique_ptr<engine::Instance>> NewInstance() override {
    HUIDU_ASSIGN_OR_RETURN(std::unique_ptr<engine::Instance> network, network_->NewInstance());
    return std::make_unique<LacInstance>(std::move(network), lexicon_, limits_);
  }

 private:
  const std::unique_ptr<engine::Model> network_;
  const Lexicon lexicon_;
  const Limits limits_;
  const engine::Signature signature_;
};

absl::StatusOr<std::optional<WordCutter>> LoadCutter(const Description& description, bool cut) {
  if (!cut) return std::optional<WordCutter>();
  HUIDU_ASSIGN_OR_RETURN(const std::string path, RequireResource(description, "word_list"));
  HUIDU_ASSIGN_OR_RETURN(const std::string text, text::ReadText(path));
  return WordCutter::Parse(text, path);
}

absl::StatusOr<std::optional<UserDictionary>> LoadUserDictionary(const Description& description) {
  const std::string path = FindResource(description, "user_dictionary");
  if (path.empty()) return std::optional<UserDictionary>();
  HUIDU_ASSIGN_OR_RETURN(const std::string text, text::ReadText(path));
  return UserDictionary::Parse(text, path);
}

class LexicalAnalysis : public Task {
 public:
  absl::StatusOr<std::unique_ptr<engine::Model>> Build(const Description& description, Parts parts) override {
    Settings settings(description);
    const Limits limits = {.characters = static_cast<size_t>(settings.Integer("max_characters", 10'000, 1, 1'000'000)),
                           .sentences = static_cast<size_t>(settings.Integer("max_texts", 1000, 1, 100'000))};
    const bool cut = settings.Choice("rows", "words", {"words", "characters"}) == "words";
    HUIDU_RETURN_IF_ERROR(settings.Check());
    std::vector<std::string> resources = {"words", "tags", "normalize", "user_dictionary"};
    if (cut) resources.push_back("word_list");
    HUIDU_RETURN_IF_ERROR(CheckResources(description, resources));
    HUIDU_ASSIGN_OR_RETURN(std::unique_ptr<engine::Model> network, parts.Require(kWholeFolder));
    HUIDU_RETURN_IF_ERROR(parts.CheckAllTaken());
    HUIDU_ASSIGN_OR_RETURN(Lexicon lexicon, LoadLexicon(description, *network));
    HUIDU_ASSIGN_OR_RETURN(lexicon.cutter, LoadCutter(description, cut));
    HUIDU_ASSIGN_OR_RETURN(lexicon.user_dictionary, LoadUserDictionary(description));
    return std::make_unique<LacModel>(std::move(network), std::move(lexicon), limits);
  }

 private:
  static absl::StatusOr<Lexicon> LoadLexicon(const Description& description, engine::Model& network) {
    HUIDU_RETURN_IF_ERROR(CheckSignature(network.signature()));
    DictionaryPaths paths;
    HUIDU_ASSIGN_OR_RETURN(paths.words, RequireResource(description, "words"));
    HUIDU_ASSIGN_OR_RETURN(paths.tags, RequireResource(description, "tags"));
    HUIDU_ASSIGN_OR_RETURN(const std::string normalize, RequireResource(description, "normalize"));
    Lexicon lexicon;
    HUIDU_ASSIGN_OR_RETURN(lexicon.vocabulary, Vocabulary::Load(paths.words, normalize));
    HUIDU_ASSIGN_OR_RETURN(lexicon.tags, Tags::Load(paths.tags));
    HUIDU_RETURN_IF_ERROR(CheckTables(description.directory, paths, lexicon.vocabulary, lexicon.tags));
    HUIDU_RETURN_IF_ERROR(TryHighestWord(network, paths, lexicon.vocabulary, lexicon.tags));
    return lexicon;
  }
};

}  // namespace
}  // namespace huidu::task::lexical_analysis

extern "C" __attribute__((visibility("default"))) huidu::task::Task* huidu_task_v1() {
  static huidu::task::lexical_analysis::LexicalAnalysis task;
  return &task;
}
