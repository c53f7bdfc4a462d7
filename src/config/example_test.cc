// What the documentation and the examples show is a configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "config/config.h"
#include "config/text_file.h"

namespace huidu::config {
namespace {

constexpr char kPage[] = HUIDU_SOURCE_DIR "/docs/configuration.md";
constexpr char kFile[] = HUIDU_SOURCE_DIR "/examples/rollout/model_config.prototxt";

// The indented blocks of a page, with as many lines in front as the page has, so that a fault tells
// the page's own line.
std::vector<std::string> CodeBlocks(std::string_view page) {
  std::vector<std::string> blocks;
  std::string before;
  bool inside = false;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(page), '\n')) {
    const bool is_code = FromAbsl(line).starts_with("    ");
    if (is_code && !inside) blocks.push_back(before);
    inside = is_code || (inside && line.empty());
    if (inside) StrAppend(&blocks.back(), FromAbsl(line), "\n");
    before += '\n';
  }
  return blocks;
}

TEST(ExampleTest, TheExamplesOfTheDocumentationAreConfigurations) {
  const auto page = ReadFile(kPage, 1 << 20);
  ASSERT_TRUE(page.ok()) << page.status();
  const std::vector<std::string> blocks = CodeBlocks(*page);
  EXPECT_GE(blocks.size(), 4u);
  for (const std::string& block : blocks) {
    const auto config = Parse(block, kPage);
    EXPECT_TRUE(config.ok()) << Text(config.status());
  }
}

TEST(ExampleTest, TheExampleFileShowsRoutingWeightsAndARollout) {
  const auto config = Load(kFile);
  ASSERT_TRUE(config.ok()) << Text(config.status());
  const ModelConfig* released = config->Find("ocr_service");
  const ModelConfig* compared = config->Find("ranking");
  ASSERT_TRUE(released != nullptr && compared != nullptr);
  EXPECT_NE(released->rollout_json, "");
  EXPECT_FALSE(released->routing.internal.networks.empty());
  EXPECT_EQ(compared->weights.size(), 2u);
}

}  // namespace
}  // namespace huidu::config
