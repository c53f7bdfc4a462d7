#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "engine/testing/model_fixture.h"
#include "task/task.h"
#include "task/text/testing/fake_network.h"

namespace huidu::task::text_classification {
namespace {

using engine::testing::CollectingSink;
using engine::testing::TemporaryFolder;
using tensor::DataType;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using text::testing::Texts;
using text::testing::TextsOf;
using text::testing::ValuesOf;
using Network = text::testing::FakeNetwork<float>;

constexpr int64_t kLength = 4, kRows = 4;

// Two scores a text: the share of its characters that are number 2, and the rest. Counts its runs.
struct ShareOfTwos {
  absl::StatusOr<Network::Answer> operator()(std::span<const tensor::View> inputs) const {
    batches->push_back(inputs[0].shape[0]);
    const std::vector<int64_t> numbers = ValuesOf<int64_t>(inputs[0]);
    Network::Answer answer{{inputs[0].shape[0], 2}, {}};
    for (size_t at = 0; at < numbers.size(); at += kLength) {
      const auto row = std::span(numbers).subspan(at, kLength);
      if (*std::max_element(row.begin(), row.end()) >= kRows) return absl::InternalError("out of range");
      const auto share = static_cast<float>(std::count(row.begin(), row.end(), 2)) / kLength;
      answer.values.insert(answer.values.end(), {share, 1 - share});
    }
    return answer;
  }
  std::shared_ptr<std::vector<int64_t>> batches = std::make_shared<std::vector<int64_t>>();
};

engine::Signature SignatureOfNetwork() {
  engine::Signature signature{.platform = "fake"};
  signature.inputs = {{.name = "ids", .type = DataType::kInt64, .shape = {-1, kLength}}};
  signature.outputs = {{.name = "scores", .type = DataType::kFp32, .shape = {-1, 2}}};
  return signature;
}

class TextClassificationTest : public ::testing::Test {
 protected:
  TextClassificationTest() {
    description_.task = "text_classification";
    Resource("labels", "挂失\n其他\n");
    Resource("vocabulary", "[PAD]\n[UNK]\n卡\n丢\n");
    description_.settings = {{"max_length", "4", "v:1:1"}};
  }
  void Resource(const std::string& name, const std::string& content) {
    std::erase_if(description_.resources, [&](const auto& resource) { return resource.name == name; });
    description_.resources.push_back({name, folder_.Write(name, content)});
  }
  absl::StatusOr<std::unique_ptr<engine::Model>> Build(Network::Function function, engine::Signature signature) {
    const auto task = OpenTask("text_classification");
    if (!task.ok()) return task.status();
    std::vector<Part> parts;
    parts.push_back({kWholeFolder, std::make_unique<Network>(std::move(signature), std::move(function))});
    return (*task)->Build(description_, Parts(std::move(parts)));
  }
  absl::Status Run(const std::vector<std::string>& texts, engine::Signature signature = SignatureOfNetwork(),
                   Network::Function function = {}) {
    const auto model = Build(function ? std::move(function) : Network::Function(network_), std::move(signature));
    if (!model.ok()) return model.status();
    const auto instance = (*model)->NewInstance();
    if (!instance.ok()) return instance.status();
    const Texts input(texts);
    const tensor::View view = input.view();
    return (*instance)->Run({&view, 1}, sink_);
  }

  const TemporaryFolder folder_;
  Description description_;
  ShareOfTwos network_;
  CollectingSink sink_;
};

TEST_F(TextClassificationTest, GivesTheBestLabelAndAllProbabilities) {
  ASSERT_EQ(Run({"卡卡卡丢", "丢", ""}), absl::OkStatus());
  EXPECT_THAT(TextsOf(sink_, 0), ElementsAre("挂失", "其他", "其他"));
  EXPECT_THAT(sink_.Values<float>(1), ElementsAre(0.75, 1, 1));
  EXPECT_THAT(sink_.at(2).shape, ElementsAre(3, 2));
  EXPECT_THAT(sink_.Values<float>(2), ElementsAre(0.75, 0.25, 0, 1, 0, 1));
  EXPECT_THAT(TextsOf(sink_, 3), ElementsAre("挂失", "其他"));
}

TEST_F(TextClassificationTest, NoTextsHaveNoLabels) {
  ASSERT_EQ(Run({}), absl::OkStatus());
  EXPECT_THAT(sink_.at(1).shape, ElementsAre(0));
  EXPECT_THAT(sink_.at(2).shape, ElementsAre(0, 2));
}

TEST_F(TextClassificationTest, ReadsAtMostMaxBatchAtOnce) {
  description_.settings.push_back({"max_batch", "2", "v:2:1"});
  ASSERT_EQ(Run({"卡", "丢", "卡卡卡", "卡", "丢"}), absl::OkStatus());
  EXPECT_THAT(*network_.batches, ElementsAre(1, 2, 2, 1)) << "the first is the trial when it is built";
  EXPECT_THAT(TextsOf(sink_, 0), ElementsAre("其他", "其他", "挂失", "其他", "其他"));
}

TEST_F(TextClassificationTest, MakesProbabilitiesOfLogits) {
  description_.settings.push_back({"scores", "logits", "v:2:1"});
  ASSERT_EQ(Run({"卡卡卡卡"}), absl::OkStatus());
  EXPECT_THAT(sink_.Values<float>(2), ElementsAre(FloatNear(0.731059f, 1e-6f), FloatNear(0.268941f, 1e-6f)));
}

TEST_F(TextClassificationTest, ASecondInputGetsLengthsOrAMaskInItsType) {
  engine::Signature signature = SignatureOfNetwork();
  signature.inputs.push_back({.name = "length", .type = DataType::kInt32, .shape = {-1}});
  const auto lengths = [](std::span<const tensor::View> inputs) {
    const auto values = ValuesOf<int32_t>(inputs[1]);
    return Network::Answer{{inputs[0].shape[0], 2}, {static_cast<float>(values.back()), 0}};
  };
  ASSERT_EQ(Run({"卡丢卡"}, signature, lengths), absl::OkStatus());
  EXPECT_THAT(sink_.Values<float>(1), ElementsAre(3));
  signature.inputs[1] = {.name = "mask", .type = DataType::kFp32, .shape = {-1, kLength}};
  const auto mask = [](std::span<const tensor::View> inputs) {
    const auto values = ValuesOf<float>(inputs[1]);
    return Network::Answer{{1, 2}, {values[0] * 1000 + values[1] * 100 + values[2] * 10 + values[3], 0}};
  };
  ASSERT_EQ(Run({"卡丢"}, signature, mask), absl::OkStatus());
  EXPECT_THAT(sink_.Values<float>(1), ElementsAre(1100));
}

TEST_F(TextClassificationTest, ABadTextIsNamed) {
  const absl::Status status = Run({"卡", "卡\x80"});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Text(status), "text 1: byte 3 is no UTF-8");
  description_.settings.push_back({"max_texts", "1", "v:2:1"});
  EXPECT_EQ(Text(Run({"", ""})), "the request has 2 texts; at most 1 are allowed (setting max_texts)");
}

TEST_F(TextClassificationTest, AVocabularyThatIsTooLargeIsRefused) {
  Resource("vocabulary", "[PAD]\n[UNK]\n卡\n丢\n号\n");
  const absl::Status status = Run({});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Text(status), HasSubstr("cannot read the last of the 5 tokens of "));
}

TEST_F(TextClassificationTest, OtherLabelsOrAnotherLengthThanTheNetworksAreRefused) {
  Resource("labels", "挂失\n其他\n转账\n");
  EXPECT_THAT(Text(Run({})), HasSubstr("gives scores FP32[-1,2]; text_classification needs"));
  Resource("labels", "挂失\n其他\n");
  description_.settings = {{"max_length", "5", "v:1:1"}};
  EXPECT_THAT(Text(Run({})), HasSubstr("takes ids INT64[-1,4]"));
  EXPECT_EQ(Run({}).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace huidu::task::text_classification
