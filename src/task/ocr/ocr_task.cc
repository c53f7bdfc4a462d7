// The task "ocr": pictures in, lines of text out. docs/tasks.md says it for those who use it.

#include <opencv2/core.hpp>

#include "base/status.h"
#include "base/strings.h"
#include "task/elements.h"
#include "task/ocr/page_reader.h"
#include "task/settings.h"
#include "task/task.h"

namespace huidu::task::ocr {
namespace {

enum Output : size_t { kText, kScore, kBox, kImageIndex };

// What a version has, before it is made into instances.
struct OcrParts {
  std::unique_ptr<engine::Model> detection, classification, recognition;
  Dictionary dictionary{{}};
  Options options;
};

absl::Status CheckDictionary(const Dictionary& dictionary, const engine::Model& recognition, const std::string& path) {
  const tensor::Spec& spec = recognition.signature().outputs[0];
  const int64_t columns = spec.any_rank ? tensor::kDynamic : spec.shape.back();
  const auto expected = static_cast<int64_t>(dictionary.columns());
  if (columns == tensor::kDynamic || columns == expected) return absl::OkStatus();
  return absl::FailedPreconditionError(StrCat(
      path, " holds ", dictionary.columns() - 2, " characters, but part 'recognition' tells ", columns,
      " apart; expected are ", columns - 2, " characters, one a line (nothing and the space are not among them)"));
}

class OcrInstance : public engine::Instance {
 public:
  OcrInstance(PageReader reader, const Options& options) : reader_(std::move(reader)), options_(options) {}

  absl::Status Run(std::span<const tensor::View> inputs, engine::OutputSink& outputs) override {
    const std::vector<std::string_view> pictures = Elements(inputs[0]);
    if (pictures.size() > static_cast<size_t>(options_.max_pictures)) {
      return absl::InvalidArgumentError(StrCat("input 'image' has ", pictures.size(), " pictures; at most ",
                                               options_.max_pictures, " are allowed (setting max_pictures)"));
    }
    try {
      Answer answer;
      for (size_t i = 0; i < pictures.size(); ++i) {
        const absl::Status status = ReadPicture(pictures[i], static_cast<int32_t>(i), answer);
        if (!status.ok()) return Annotate(status, StrCat("picture ", i, " of input 'image'"));
      }
      return answer.Write(outputs);
    } catch (const std::exception& error) {
      return absl::InternalError(StrCat("reading the pictures failed: ", error.what()));
    }
  }

 private:
  struct Answer {
    std::vector<std::string> texts;
    std::vector<float> scores, boxes;
    std::vector<int32_t> images;

    absl::Status Write(engine::OutputSink& outputs) const {
      const auto lines = static_cast<int64_t>(texts.size());
      HUIDU_RETURN_IF_ERROR(WriteTexts(outputs, kText, texts));
      HUIDU_RETURN_IF_ERROR(WriteNumbers<float>(outputs, kScore, {lines}, scores));
      HUIDU_RETURN_IF_ERROR(WriteNumbers<float>(outputs, kBox, {lines, 4, 2}, boxes));
      return WriteNumbers<int32_t>(outputs, kImageIndex, {lines}, images);
    }
  };

  absl::Status ReadPicture(std::string_view bytes, int32_t index, Answer& answer) {
    HUIDU_ASSIGN_OR_RETURN(const cv::Mat picture, DecodePicture(bytes, options_.picture));
    HUIDU_ASSIGN_OR_RETURN(const std::vector<Line> lines, reader_.Read(picture));
    for (const Line& line : lines) {
      answer.texts.push_back(line.reading.text);
      answer.scores.push_back(line.reading.score);
      for (const cv::Point2f& corner : line.box) answer.boxes.insert(answer.boxes.end(), {corner.x, corner.y});
      answer.images.push_back(index);
    }
    return absl::OkStatus();
  }

  PageReader reader_;
  const Options& options_;
};

class OcrModel : public engine::Model {
 public:
  OcrModel(OcrParts parts, std::string example) : parts_(std::move(parts)) {
    using tensor::DataType;
    signature_.platform = "huidu_ocr";
    signature_.inputs = {{.name = "image",
                          .type = DataType::kBytes,
                          .shape = {tensor::kDynamic},
                          .example = std::move(example),
                          .media_type = "image/*"}};
    signature_.outputs = {{.name = "text", .type = DataType::kBytes, .shape = {tensor::kDynamic}},
                          {.name = "score", .type = DataType::kFp32, .shape = {tensor::kDynamic}},
                          {.name = "box", .type = DataType::kFp32, .shape = {tensor::kDynamic, 4, 2}},
                          {.name = "image_index", .type = DataType::kInt32, .shape = {tensor::kDynamic}}};
  }

  const engine::Signature& signature() const override { return signature_; }

  absl::StatusOr<std::unique_ptr<engine::Instance>> NewInstance() override {
    PageReader::Networks networks;
    if (parts_.detection != nullptr) {
      HUIDU_ASSIGN_OR_RETURN(auto instance, parts_.detection->NewInstance());
      networks.detector.emplace(std::move(instance), parts_.options);
    }
    if (parts_.classification != nullptr && parts_.options.classification) {
      HUIDU_ASSIGN_OR_RETURN(auto instance, parts_.classification->NewInstance());
      networks.classifier.emplace(std::move(instance), parts_.options);
    }
    if (parts_.recognition != nullptr) {
      HUIDU_ASSIGN_OR_RETURN(auto instance, parts_.recognition->NewInstance());
      networks.recognizer.emplace(std::move(instance), parts_.dictionary, parts_.options);
    }
    return std::make_unique<OcrInstance>(PageReader(std::move(networks), parts_.options), parts_.options);
  }

 private:
  OcrParts parts_;
  engine::Signature signature_;
};

absl::Status TakeRecognition(const Description& description, Parts& all, OcrParts& parts) {
  parts.recognition = all.Take("recognition");
  if (parts.recognition == nullptr) return absl::OkStatus();
  HUIDU_RETURN_IF_ERROR(Network::Check("recognition", *parts.recognition, 3));
  HUIDU_ASSIGN_OR_RETURN(const std::string path, RequireResource(description, "dictionary"));
  HUIDU_ASSIGN_OR_RETURN(parts.dictionary, Dictionary::Load(path));
  return CheckDictionary(parts.dictionary, *parts.recognition, path);
}

class OcrTask : public Task {
 public:
  absl::StatusOr<std::unique_ptr<engine::Model>> Build(const Description& description, Parts all) override {
    OcrParts parts;
    HUIDU_ASSIGN_OR_RETURN(parts.options, ReadOptions(description));
    HUIDU_RETURN_IF_ERROR(CheckResources(description, {"dictionary"}));
    parts.detection = all.Take("detection");
    if (parts.detection != nullptr) HUIDU_RETURN_IF_ERROR(Network::Check("detection", *parts.detection, 4));
    parts.classification = all.Take("classification");
    if (parts.classification != nullptr)
      HUIDU_RETURN_IF_ERROR(Network::Check("classification", *parts.classification, 2));
    HUIDU_RETURN_IF_ERROR(TakeRecognition(description, all, parts));
    HUIDU_RETURN_IF_ERROR(all.CheckAllTaken());
    if (parts.detection == nullptr && parts.recognition == nullptr) {
      return absl::FailedPreconditionError("task 'ocr' needs a part 'detection', 'recognition' or both");
    }
    HUIDU_ASSIGN_OR_RETURN(std::string example, ExamplePicture());
    cv::setNumThreads(1);  // an instance is one thread; the networks have threads of their own
    return std::make_unique<OcrModel>(std::move(parts), std::move(example));
  }
};

}  // namespace
}  // namespace huidu::task::ocr

extern "C" __attribute__((visibility("default"))) huidu::task::Task* huidu_task_v1() {
  static auto* const task = new huidu::task::ocr::OcrTask;
  return task;
}
