#include "config/swap_paths.h"

#include <gtest/gtest.h>

namespace huidu::config {
namespace {

constexpr char kBefore[] = R"(# two models
model_config_list {
  config { name: 'other' base_path: '/models/v1' }
  config {
    name: 'ocr'  # the one
    base_path: '/models/v1', versions { path: "/models/v0" } versions { path: "/models/v2" }
  }
}
)";

TEST(SwapPathsTest, ChangesOnlyTheTwoPathsOfTheModel) {
  const auto after = SwapPaths(kBefore, "ocr", "/models/v1", "/models/v2");
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(*after, R"(# two models
model_config_list {
  config { name: 'other' base_path: '/models/v1' }
  config {
    name: 'ocr'  # the one
    base_path: '/models/v2', versions { path: "/models/v0" } versions { path: "/models/v1" }
  }
}
)");
  EXPECT_EQ(*SwapPaths(*after, "ocr", "/models/v2", "/models/v1"), kBefore);
}

TEST(SwapPathsTest, APathThatStandsInNoVersionsIsOnlyReplaced) {
  const auto after = SwapPaths(kBefore, "other", "/models/v1", "/models/v7");
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_NE(after->find("name: 'other' base_path: '/models/v7'"), std::string::npos) << *after;
}

TEST(SwapPathsTest, LeavesAFileAloneThatSaysSomethingElse) {
  EXPECT_EQ(SwapPaths(kBefore, "ocr", "/models/v5", "/models/v2").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(SwapPaths(kBefore, "lac", "/models/v1", "/models/v2").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(SwapPaths("model_config_list {", "ocr", "a", "b").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace huidu::config
