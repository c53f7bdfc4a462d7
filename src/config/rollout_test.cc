#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/strings.h"
#include "config/config.h"
#include "config/diff.h"
#include "proto/config/model_config.pb.h"
#include "rollout/policy_json.h"

namespace huidu::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The rollout's fields begin in line 3.
absl::StatusOr<ModelConfig> Read(std::string_view fields, std::string_view more = "") {
  const auto config = Parse(StrCat("model_config_list { config { name: 'm' base_path: '/m/x_v1' version: 'v1'"
                                   " versions { path: '/m/x_v2' } ",
                                   more, "\n rollout {\n", fields, " } } }"),
                            "c.prototxt");
  if (!config.ok()) return config.status();
  return config->models.at(0);
}

ModelConfig Accepted(std::string_view fields) {
  const auto model = Read(fields);
  EXPECT_TRUE(model.ok()) << model.status();
  return model.value_or(ModelConfig{});
}

std::string Refused(std::string_view fields, std::string_view more = "") {
  const auto model = Read(fields, more);
  EXPECT_FALSE(model.ok()) << fields;
  return std::string(Text(model.status()));
}

constexpr char kEverything[] = R"(
  candidate: 'v2'
  stages { kind: INTERNAL min_duration: '10m' }
  stages { kind: SHADOW shadow_percent: 10 min_requests: 1000 }
  stages {
    name: 'a fifth' kind: SHARE share_percent: 20.25 shadow_percent: 5 min_duration: '1h30m'
    min_requests: 9007199254740992 max_duration: '3h' wait_for_approval: true gates: ['load', 'acc']
    require_check { dataset: 'contracts' }
  }
  rules { name: 'latency_p99' limit: 800 }
  rules {
    name: 'slower' metric: 'latency_p50_ms' test: RELATIVE comparison: FACTOR limit: 1.5
    bad_when: ABOVE window: '5m' periods: 2 min_samples: 200 required: true
  }
  rules {
    name: 'fails' metric: 'error_rate' test: SEQUENTIAL against: LIMIT limit: 0.01 alpha: 0.0001
    window: 'rollout'
  }
  default_rules: true
  remove_rules: 'accuracy'
  start_gates: 'regression'
  sampling_period: '2s'
  bake_time: '5m'
  memory_warm_up: '90s'
  max_pause: '2h'
  retry_on_stable: true
  hedge { quantile: 0.95 factor: 3 min_ms: 50 }
  rewrite_base_path: true
  shadow_compare { how: TOP1 absolute: 0.5 relative: 0.25 min_share: 0.75 }
  require_check { max_age: '3d' dataset: 'pages' }
)";

constexpr char kSameAsJson[] = R"({
  "candidate": "v2",
  "stages": [
    {"kind": "internal", "min_duration": "10m"},
    {"kind": "shadow", "shadow_percent": 10, "min_requests": 1000},
    {"name": "a fifth", "kind": "share", "share_percent": 20.25, "shadow_percent": 5,
     "min_duration": "1h30m", "min_requests": 9007199254740992, "max_duration": "3h",
     "wait_for_approval": true, "gates": ["load", "acc"], "require_check": {"dataset": "contracts"}}],
  "rules": [
    {"name": "latency_p99", "limit": 800},
    {"name": "slower", "metric": "latency_p50_ms", "test": "relative", "comparison": "factor",
     "limit": 1.5, "bad_when": "above", "window": "5m", "periods": 2, "min_samples": 200,
     "required": true},
    {"name": "fails", "metric": "error_rate", "test": "sequential", "against": "limit",
     "limit": 0.01, "alpha": 0.0001, "window": "rollout"}],
  "default_rules": true,
  "remove_rules": ["accuracy"],
  "start_gates": ["regression"],
  "sampling_period": "2s", "bake_time": "5m", "memory_warm_up": "90s", "max_pause": "2h",
  "retry_on_stable": true,
  "hedge": {"quantile": 0.95, "factor": 3, "min_ms": 50},
  "shadow_compare": {"how": "top1", "absolute": 0.5, "relative": 0.25, "min_share": 0.75},
  "require_check": {"max_age": "3d", "dataset": "pages"}
})";

TEST(RolloutTest, MeansWhatTheJsonOfTheAdminApiMeans) {
  const ModelConfig model = Accepted(kEverything);
  EXPECT_EQ(json::parse(model.rollout_json), json::parse(kSameAsJson));
  EXPECT_TRUE(model.rewrite_base_path);
}

TEST(RolloutTest, HoldsOnlyWhatIsWritten) {
  EXPECT_EQ(Accepted("candidate: 'v2'").rollout_json, R"({"candidate":"v2"})");
  EXPECT_EQ(Accepted("hedge {} candidate: 'v2'").rollout_json, R"({"candidate":"v2","hedge":{}})");
  const auto none = Parse("model_config_list { config { name: 'm' base_path: '/m' } }", "test");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->models[0].rollout_json, "");
}

std::set<std::string> FieldsOf(const Descriptor& type) {
  std::set<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.insert(type.field(i)->name());
  return names;
}

std::set<std::string> FieldsOf(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

// A field that a policy gets and the schema does not could not be written in a configuration.
TEST(RolloutTest, TheSchemaHasEveryFieldOfAPolicy) {
  rollout::Policy policy;
  policy.stages.emplace_back().require_check = {.dataset = "pages"};
  policy.rules = rollout::DefaultRules();
  policy.require_check = {.dataset = "pages"};
  const json full = rollout::ToJson(policy);
  std::set<std::string> fields = FieldsOf(full);
  fields.insert({"remove_rules", "retry_on_stable", "hedge", "rewrite_base_path", "shadow_compare"});
  EXPECT_EQ(FieldsOf(*proto::Rollout::descriptor()), fields);
  EXPECT_EQ(FieldsOf(*proto::RolloutStage::descriptor()), FieldsOf(full["stages"][0]));
  EXPECT_EQ(FieldsOf(*proto::RolloutRule::descriptor()), FieldsOf(full["rules"][0]));
  EXPECT_EQ(FieldsOf(*proto::RequireCheck::descriptor()), FieldsOf(full["require_check"]));
}

// The text of each field with the value that the schema says it has by default.
std::string WrittenDefaults(const Descriptor& type) {
  std::string text;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!field.has_default_value()) continue;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      StrAppend(&text, " ", field.name(), ": ", field.default_value_enum()->name());
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      StrAppend(&text, " ", field.name(), ": ", field.default_value_bool() ? "true" : "false");
    }
  }
  return text;
}

rollout::Policy PolicyOf(std::string_view fields) {
  const auto policy = rollout::ParsePolicy(Accepted(fields).rollout_json);
  EXPECT_TRUE(policy.ok()) << policy.status();
  return policy.value_or(rollout::Policy{});
}

TEST(RolloutTest, TheSchemaHasTheDefaultsOfAPolicy) {
  const char* const plain =
      "candidate: 'v2' stages { share_percent: 5 min_duration: '1m'$1 }"
      " rules { name: 'a' metric: 'memory_mb' limit: 7$2 }";
  const auto with = [&](const std::string& stage, const std::string& rule) {
    std::string text = plain;
    text.replace(text.find("$1"), 2, stage);
    text.replace(text.find("$2"), 2, rule);
    return rollout::ToJson(PolicyOf(text));
  };
  EXPECT_EQ(with("", ""), with(WrittenDefaults(*proto::RolloutStage::descriptor()),
                               WrittenDefaults(*proto::RolloutRule::descriptor())));
}

// Others would have no place in JSON.
TEST(RolloutTest, TheSchemaHasOnlyTypesThatAreConverted) {
  for (const Descriptor* type :
       {proto::Rollout::descriptor(), proto::RolloutStage::descriptor(), proto::RolloutRule::descriptor(),
        proto::Hedge::descriptor(), proto::RequireCheck::descriptor()}) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      const auto kind = field.cpp_type();
      const bool text_or_message = kind == FieldDescriptor::CPPTYPE_STRING || kind == FieldDescriptor::CPPTYPE_MESSAGE;
      const bool single = kind == FieldDescriptor::CPPTYPE_ENUM || kind == FieldDescriptor::CPPTYPE_BOOL ||
                          kind == FieldDescriptor::CPPTYPE_DOUBLE || kind == FieldDescriptor::CPPTYPE_UINT32 ||
                          kind == FieldDescriptor::CPPTYPE_UINT64;
      EXPECT_TRUE(text_or_message || (single && !field.is_repeated())) << field.full_name();
    }
  }
}

TEST(RolloutTest, TellsAFaultAtItsStage) {
  EXPECT_THAT(Refused("candidate: 'v2'\n stages { share_percent: 5 min_duration: '1m' }\n"
                      " stages { share_percent: 2 min_duration: '1m' }"),
              HasSubstr("c.prototxt:5:2: rollout: stages[1] '2 %': share: falls from 5 % to 2 %"));
  EXPECT_THAT(Refused("candidate: 'v2'\n stages { share_percent: 101 min_duration: '1m' }"),
              HasSubstr("c.prototxt:4:2: rollout: stages[0] '101 %': share: 101 % is more than"));
}

TEST(RolloutTest, TellsOtherFaultsAtTheRollout) {
  const std::string stage = "candidate: 'v2' stages { share_percent: 5 min_duration: '1m' } ";
  for (const auto& [fields, fault] : std::initializer_list<std::pair<const char*, const char*>>{
           {"rules { name: 'a' metric: 'beauty' limit: 1 }", "rules[0].metric: "},
           {"rules { name: 'a' metric: 'error_rate' }", "a new rule needs name, metric and limit"},
           {"rules { name: 'a' metric: 'error_rate' limit: nan }", "limit: not a number"},
           {"remove_rules: 'a'", "remove_rules: no default rule 'a'"},
           {"bake_time: 'soon'", "bake_time: expected a duration"},
           {"bake_time: '\\xff'", "bake_time: expected a duration"},
       }) {
    EXPECT_THAT(Refused(stage + fields), AllOf(HasSubstr("c.prototxt:2:2: rollout: "), HasSubstr(fault))) << fields;
  }
}

TEST(RolloutTest, TellsAFaultAtTheRequiredCheck) {
  EXPECT_THAT(Refused("candidate: 'v2'\n  require_check { max_age: 'soon' }"),
              HasSubstr("c.prototxt:4:3: rollout: require_check.max_age: expected a duration"));
  EXPECT_THAT(Refused("candidate: 'v2'\n  require_check { max_age: '91d' }"),
              HasSubstr("c.prototxt:4:3: rollout: require_check.max_age: more than 90d"));
  EXPECT_THAT(Refused("candidate: 'v2' require_check { max_days: 7 }"), HasSubstr("unknown field 'max_days'"));
  EXPECT_THAT(Refused("candidate: 'v2'\n  stages { share_percent: 5 require_check { max_age: '91d' } }"),
              HasSubstr("c.prototxt:4:3: rollout: stages[0] '5 %': require_check.max_age: more than 90d"));
  EXPECT_THAT(Refused("candidate: 'v2'\n  stages { share_percent: 5 require_check { max_age: 'soon' } }"),
              HasSubstr("c.prototxt:4:3: rollout: stages[0].require_check.max_age: expected a duration"));
}

TEST(RolloutTest, RefusesWhatAPolicyAloneCannotKnow) {
  for (const auto& [fields, fault] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "c.prototxt:2:2: candidate: the version is missing"},
           {"candidate: 'v1'", "c.prototxt:3:1: candidate: version 'v1' is the live one"},
           {"candidate: 'v9'", "c.prototxt:3:1: candidate: version 'v9' is not loaded beside"},
           {"candidate: 'v2' hedge { quantile: 0.4 }", "quantile is 0.4; it must be 0.5 to 0.9999"},
           {"candidate: 'v2' hedge { factor: 0.5 }", "factor is 0.5; it must be 1 to 100"},
           {"candidate: 'v2' hedge { min_ms: 0 }", "min_ms is 0; it must be 1 to 60000"},
           {"candidate: 'v2' hedge {} retry_on_stable: false", "hedge needs retry_on_stable"},
           {"candidate: 'v2' shadow_compare { absolute: -1 }", "absolute is -1; it must be 0 to 1e+12"},
           {"candidate: 'v2' shadow_compare { how: TOP1 min_share: 2 }", "min_share is 2; it must be 0 to 1"},
           {"candidate: 'v2' shadow_compare { how: EXACT relative: 1 }", "relative is of no use for EXACT"},
           {"candidate: 'v2' shadow_compare { max_share: 0.1 }", "max_share is of no use for TOLERANCE"},
           {"candidate: 'v2' stages { kind: ALL }",
            "'ALL' is no value of 'kind'; write one of INTERNAL, SHADOW, SHARE"},
           {"candidate: 'v2' stage {}", "unknown field 'stage'; did you mean 'stages'?"},
       }) {
    EXPECT_THAT(Refused(fields), HasSubstr(fault)) << fields;
  }
  EXPECT_THAT(Refused(""), Not(HasSubstr("\n"))) << "one fault is told once";
}

TEST(RolloutTest, RefusesWeightsBesideARollout) {
  EXPECT_THAT(Refused("candidate: 'v2'", "weights { version: 'v2' share_percent: 1 }"),
              HasSubstr("c.prototxt:2:2: weights and a rollout would divide the same traffic"));
}

TEST(RolloutTest, ShowsInTheDifferenceAndNeedsNoNewWorkers) {
  const ServerConfig from{{Accepted("candidate: 'v2'")}};
  const ServerConfig to{{Accepted("candidate: 'v2' bake_time: '5m' rewrite_base_path: true")}};
  EXPECT_THAT(Diff(from, to), ElementsAre(R"(model 'm': rollout: {"candidate":"v2"} -> )"
                                          R"({"bake_time":"5m","candidate":"v2"}, rewrite_base_path)"));
  EXPECT_FALSE(NeedsNewWorkers(from.models[0], to.models[0]));
}

}  // namespace
}  // namespace huidu::config
