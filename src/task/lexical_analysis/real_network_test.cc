// The module with LAC's own network, run by Paddle: built only where there are engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "engine/testing/model_fixture.h"
#include "task/task.h"
#include "task/text/testing/fake_network.h"

namespace huidu::task::lexical_analysis {
namespace {

using engine::testing::CollectingSink;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using text::testing::Texts;
using text::testing::TextsOf;

class RealLacTest : public ::testing::Test {
 protected:
  // A version whose network and dictionaries are those of the folders `of_network` and `of_dictionaries`.
  absl::StatusOr<std::unique_ptr<engine::Model>> Load(const std::string& of_network, const std::string& of_dictionaries,
                                                      const std::string& tags = "") {
    const std::string folder = engine::testing::ModelFolder(of_network);
    engine::LoadOptions options = engine::testing::Files(engine::Format::kPaddleSeparate, folder, "__model__");
    options.lod_inputs = {"words"};
    const auto engine = engine::OpenEngine("paddle");
    auto network = engine.ok() ? (*engine)->Load(options) : engine.status();
    if (!network.ok()) return network.status();
    const std::string conf = engine::testing::ModelFolder(of_dictionaries) + "/conf/";
    Description description{.task = "lexical_analysis", .directory = folder};
    description.resources = {{"words", conf + "word.dic"},
                             {"tags", conf + "tag.dic"},
                             {"normalize", conf + "q2b.dic"},
                             {"word_list", conf + "small_seg.dic"}};
    if (!tags.empty()) description.resources[1].path = folder_.Write("tag.dic", tags);
    std::vector<Part> parts;
    parts.push_back({kWholeFolder, *std::move(network)});
    return (*OpenTask("lexical_analysis"))->Build(description, Parts(std::move(parts)));
  }

  engine::testing::TemporaryFolder folder_;
  CollectingSink sink_;
};

TEST_F(RealLacTest, FindsCompaniesAndNouns) {
  HUIDU_SKIP_WITHOUT_MODEL("lac_v1");
  const auto model = Load("lac_v1", "lac_v1");
  ASSERT_TRUE(model.ok()) << model.status();
  const auto instance = (*model)->NewInstance();
  ASSERT_TRUE(instance.ok());
  const Texts texts({(*model)->signature().inputs[0].example, "LAC是个优秀的分词工具"});
  const tensor::View view = texts.view();
  ASSERT_EQ((*instance)->Run({&view, 1}, sink_), absl::OkStatus());
  EXPECT_THAT(TextsOf(sink_, 0),
              ElementsAre("百度", "是", "一家", "高科技", "公司", "LAC", "是", "个", "优秀", "的", "分词", "工具"));
  EXPECT_THAT(TextsOf(sink_, 1), ElementsAre("ORG", "v", "m", "n", "n", "nz", "v", "q", "a", "u", "n", "n"));
}

TEST_F(RealLacTest, DictionariesOfAnotherNetworkAreRefusedWithTheirSizes) {
  HUIDU_SKIP_WITHOUT_MODEL("lac_v1");
  HUIDU_SKIP_WITHOUT_MODEL("lac_seg_v1");
  const absl::Status few = Load("lac_v1", "lac_seg_v1").status();
  EXPECT_EQ(few.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Text(few), HasSubstr("word.dic: its words need a table of this many rows: 8224; word_emb of the network "
                                   "has 58224"));
  const absl::Status many = Load("lac_seg_v1", "lac_v1").status();
  EXPECT_THAT(Text(many), HasSubstr("rows: 58224; word_emb of the network has 8224"));
}

TEST_F(RealLacTest, TagsOfAnotherNetworkAreRefused) {
  HUIDU_SKIP_WITHOUT_MODEL("lac_v1");
  const absl::Status status = Load("lac_v1", "lac_v1", "0\tn-B\n1\tn-I\n").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Text(status),
              HasSubstr("tag.dic: its tags need a table of this many columns: 2; crfw of the network has 49"));
}

}  // namespace
}  // namespace huidu::task::lexical_analysis
