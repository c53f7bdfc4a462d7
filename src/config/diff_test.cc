#include "config/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "proto/config/model_config.pb.h"

namespace huidu::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ServerConfig Parsed(std::string_view text) {
  auto config = Parse(text, "test");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.value_or(ServerConfig{});
}

TEST(DiffTest, TellsWhatWasAddedRemovedAndChanged) {
  const ServerConfig from = Parsed(R"(model_config_list {
    config { name: 'b' base_path: '/m/b_v1' } config { name: 'c' base_path: '/m/c_v1' } })");
  const ServerConfig to = Parsed(R"(model_config_list {
    config { name: 'c' base_path: '/m/c_v2' max_queue: 9 version: 'v2' }
    config { name: 'a' base_path: '/m/a_v1' } })");
  EXPECT_THAT(Diff(from, to), ElementsAre("model 'a': added (base_path /m/a_v1)", "model 'b': removed",
                                          "model 'c': base_path: /m/c_v1 -> /m/c_v2",
                                          "model 'c': version: (none) -> v2", "model 'c': max_queue: 256 -> 9"));
}

TEST(DiffTest, SaysNothingForFilesThatMeanTheSame) {
  const ServerConfig from = Parsed("model_config_list { config { name: 'b' base_path: '/m/b_v1' } }");
  const ServerConfig to = Parsed(
      "model_config_list { config { base_path: '/m/b_v1/', keep_loaded: 2, name: 'b' } } # the "
      "same");
  EXPECT_THAT(Diff(from, to), IsEmpty());
}

TEST(DiffTest, ShowsListsAndShapes) {
  const ServerConfig from = Parsed("model_config_list { config { name: 'b' base_path: '/m/b_v1' } }");
  const ServerConfig to = Parsed(R"(model_config_list { config { name: 'b' base_path: '/m/b_v1'
      versions { path: '/m/b_v2' } warmup { shapes { input: 'x' dims: [1, 3] } }
      device: GPU tensorrt { precision: FP16 shapes { input: 'x' min: 1 opt: 2 max: 4 } }
      model_version_policy { specific { versions: [1, 2] } }
      version_labels { key: 'l' value: 2 } } })");
  EXPECT_THAT(Diff(from, to),
              ElementsAre("model 'b': model_version_policy: latest 1 -> specific 1,2",
                          "model 'b': version_labels: (none) -> l=2", "model 'b': versions: (none) -> v2=/m/b_v2",
                          "model 'b': device: CPU -> GPU",
                          "model 'b': warmup: count 3, check_finite true -> count 3, check_finite true, x[1,3]",
                          "model 'b': tensorrt: off -> FP16, workspace_mb 1024, min_subgraph_size 3, "
                          "max_batch_size 1,"
                          " x[1][2][4]"));
}

TEST(DiffTest, NeedsNewWorkersOnlyForWhatTakesEffectAtLoading) {
  ModelConfig from;
  from.base_path = "/m/v1";
  ModelConfig to = from;
  to.base_path = "/m/v2";
  to.max_queue = 1;
  to.keep_loaded = 5;
  EXPECT_FALSE(NeedsNewWorkers(from, to));
  to.threads_per_instance = 2;
  EXPECT_TRUE(NeedsNewWorkers(from, to));
}

// A field that is added to the schema and forgotten here would be a change that nobody sees.
TEST(DiffTest, KnowsEveryFieldOfTheSchema) {
  std::set<std::string> known = {"name", "model_type", "model_platform", "logging_config", "logging_configs"};
  for (const auto& [name, value] : Settings(ModelConfig{})) known.insert(name);
  const auto* type = proto::ModelConfig::descriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    EXPECT_TRUE(known.count(type->field(i)->name()) == 1) << type->field(i)->name();
  }
}

}  // namespace
}  // namespace huidu::config
