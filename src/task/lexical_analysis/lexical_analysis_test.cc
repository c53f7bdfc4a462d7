#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "engine/testing/model_fixture.h"
#include "task/task.h"
#include "task/text/testing/fake_network.h"

namespace huidu::task::lexical_analysis {
namespace {

using engine::testing::CollectingSink;
using engine::testing::TemporaryFolder;
using tensor::DataType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using text::testing::Texts;
using text::testing::TextsOf;
using text::testing::ValuesOf;
using Network = text::testing::FakeNetwork<int64_t>;

constexpr int64_t kRows = 5;  // of the fake network's table

// Answers each word with its number modulo 4; a number beyond its table is an error, as in Paddle.
absl::StatusOr<Network::Answer> Modulo4(std::span<const tensor::View> inputs) {
  Network::Answer answer{inputs[0].shape, ValuesOf<int64_t>(inputs[0])};
  for (int64_t& number : answer.values) {
    if (number >= kRows) return absl::InternalError(StrCat("out of range: ", number));
    number %= 4;
  }
  return answer;
}

engine::Signature SignatureOfLac() {
  engine::Signature signature{.platform = "fake"};
  signature.inputs = {{.name = "words", .type = DataType::kInt64, .shape = {-1, 1}, .lod_level = 1}};
  signature.outputs = {{.name = "tags", .type = DataType::kInt64, .shape = {-1, 1}}};
  return signature;
}

// A version on disk and what is built of it.
class LexicalAnalysisTest : public ::testing::Test {
 protected:
  LexicalAnalysisTest() {
    description_.task = "lexical_analysis";
    Resource("words", "0\t查\n1\t卡\n2\t银行\n3\t号\n4\tOOV\n");
    Resource("tags", "0\tn-B\n1\tn-I\n2\tv-B\n3\tO\n");
    Resource("normalize", "咭\t卡\n");
    Resource("word_list", "银行 7\n银行卡 1\n");
  }

  void Resource(const std::string& name, const std::string& content) {
    std::erase_if(description_.resources, [&](const auto& resource) { return resource.name == name; });
    description_.resources.push_back({name, folder_.Write(name, content)});
  }
  absl::StatusOr<std::unique_ptr<engine::Model>> Build(Network::Function function = Modulo4,
                                                       engine::Signature signature = SignatureOfLac()) {
    const auto task = OpenTask("lexical_analysis");
    if (!task.ok()) return task.status();
    std::vector<Part> parts;
    parts.push_back({kWholeFolder, std::make_unique<Network>(std::move(signature), std::move(function))});
    return (*task)->Build(description_, Parts(std::move(parts)));
  }
  // Builds the task and runs it; the outputs are in sink_.
  absl::Status Run(const std::vector<std::string>& texts, Network::Function function = Modulo4) {
    const auto model = Build(std::move(function));
    if (!model.ok()) return model.status();
    const auto instance = (*model)->NewInstance();
    if (!instance.ok()) return instance.status();
    const Texts input(texts);
    const tensor::View view = input.view();
    return (*instance)->Run({&view, 1}, sink_);
  }
  void ExpectNotBuilt(absl::StatusCode code, const std::string& message) {
    const absl::Status status = Build().status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(Text(status), HasSubstr(message));
  }

  const TemporaryFolder folder_;
  Description description_;
  CollectingSink sink_;
};

TEST_F(LexicalAnalysisTest, GivesWordsTagsAndTheirSentences) {
  // 银行卡 is a word of the list but none of the network's: three rows of one character, unknown but for 卡.
  ASSERT_EQ(Run({"查银行号", "", "银行卡", "咭"}), absl::OkStatus());
  EXPECT_THAT(TextsOf(sink_, 0), ElementsAre("查", "银行号", "银", "行卡", "咭"));
  EXPECT_THAT(TextsOf(sink_, 1), ElementsAre("n", "", "n", "n", "n"));
  EXPECT_THAT(sink_.Values<int32_t>(2), ElementsAre(0, 0, 2, 2, 3));
  EXPECT_THAT(sink_.at(2).shape, ElementsAre(5));
}

TEST_F(LexicalAnalysisTest, NoTextHasNoWordsAndRunsNothing) {
  int runs = 0;
  const auto counted = [&](std::span<const tensor::View> inputs) {
    ++runs;
    return Modulo4(inputs);
  };
  ASSERT_EQ(Run({"", ""}, counted), absl::OkStatus());
  EXPECT_EQ(runs, 1) << "the trial when it is built, and no more";
  EXPECT_THAT(TextsOf(sink_, 0), ElementsAre());
  EXPECT_THAT(sink_.at(2).shape, ElementsAre(0));
}

TEST_F(LexicalAnalysisTest, ReadsCharactersWhereTheVersionSaysSo) {
  description_.settings = {{"rows", "characters", "v:1:1"}};
  ExpectNotBuilt(absl::StatusCode::kInvalidArgument, "no use for a resource 'word_list'");
  std::erase_if(description_.resources, [](const auto& resource) { return resource.name == "word_list"; });
  ASSERT_EQ(Run({"银行号"}), absl::OkStatus());
  EXPECT_THAT(TextsOf(sink_, 0), ElementsAre("银", "行号"));
}

TEST_F(LexicalAnalysisTest, AUserDictionaryHasTheLastWord) {
  Resource("user_dictionary", "银行号/CODE\n");
  ASSERT_EQ(Run({"查银行号"}), absl::OkStatus());
  EXPECT_THAT(TextsOf(sink_, 0), ElementsAre("查", "银行号"));
  EXPECT_THAT(TextsOf(sink_, 1), ElementsAre("n", "CODE"));
}

TEST_F(LexicalAnalysisTest, ABadTextIsNamed) {
  const absl::Status broken = Run({"好", "查\xFF"});
  EXPECT_EQ(broken.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Text(broken), "text 1: byte 3 is no UTF-8");
  description_.settings = {{"max_characters", "3", "v:1:1"}, {"max_texts", "2", "v:2:1"}};
  const absl::Status large = Run({std::string(1 << 20, 'a')});
  EXPECT_EQ(large.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Text(large),
            "text 0: more than 3 characters (1048576 bytes); the version's setting max_characters allows no more");
  EXPECT_EQ(Text(Run({"", "", ""})), "the request has 3 texts; at most 2 are allowed (setting max_texts)");
}

TEST_F(LexicalAnalysisTest, ADictionaryWithMoreWordsThanTheNetworkIsRefused) {
  Resource("words", "0\t查\n5\t卡\n4\tOOV\n");
  ExpectNotBuilt(absl::StatusCode::kFailedPrecondition,
                 "/words: the network cannot read the word with the number 5: out of range: 5");
}

TEST_F(LexicalAnalysisTest, TagsThatTheNetworkGivesAndNobodyKnowsAreAnError) {
  Resource("tags", "0\tn-B\n1\tn-I\n2\tv-B\n");
  const absl::Status status = Run({"号"});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(Text(status), HasSubstr("answered 3, which is the number of no tag"));
  Resource("tags", "1\tn-B\n");
  ExpectNotBuilt(absl::StatusCode::kFailedPrecondition,
                 "/tags: the network answered one word with 1 tags, the first is 0");
}

TEST_F(LexicalAnalysisTest, ANetworkOfAnotherKindIsRefused) {
  engine::Signature signature = SignatureOfLac();
  signature.inputs[0].lod_level = 0;
  EXPECT_EQ(Build(Modulo4, signature).status().code(), absl::StatusCode::kFailedPrecondition);
  signature = SignatureOfLac();
  signature.outputs[0].type = DataType::kFp32;
  EXPECT_EQ(Build(Modulo4, signature).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(LexicalAnalysisTest, AnAnswerOfAnotherLengthIsAnError) {
  const auto short_answer = [](std::span<const tensor::View>) { return Network::Answer{{1, 1}, {0}}; };
  EXPECT_THAT(Text(Run({"查卡"}, short_answer)), HasSubstr("answered 2 rows with 1 tags"));
}

}  // namespace
}  // namespace huidu::task::lexical_analysis
