#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "config/config.h"
#include "config/diff.h"

namespace huidu::config {
namespace {

using samples::Reason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The fields stand in line 2.
absl::StatusOr<ServerConfig> Read(std::string_view fields) {
  return Parse(StrCat("model_config_list { config { name: 'm' base_path: '/m/x_v1' version: 'v1'\n", fields, " } }"),
               "c.prototxt");
}

ServerConfig Accepted(std::string_view fields) {
  const auto config = Read(fields);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.value_or(ServerConfig{{ModelConfig{}}});
}

std::string Refused(std::string_view fields) {
  const auto config = Read(fields);
  EXPECT_FALSE(config.ok()) << fields;
  return std::string(Text(config.status()));
}

TEST(SamplesConfigTest, NothingIsKeptByDefault) { EXPECT_EQ(Accepted("").models[0].samples, samples::Policy()); }

TEST(SamplesConfigTest, StructsHaveTheDefaultsOfTheSchema) {
  samples::Policy made;
  made.reasons = {Reason::kFailed};
  EXPECT_EQ(Accepted("samples { reasons: FAILED }").models[0].samples, made);
}

TEST(SamplesConfigTest, ReadsEveryField) {
  const samples::Policy policy = Accepted(R"(samples {
      reasons: FAILED reasons: SLOW reasons: LOW_CONFIDENCE reasons: DISAGREED reasons: NEGATIVE_FEEDBACK reasons: RANDOM
      slow_ms: 500 low_confidence { output: 'score' below: 0.6 } random_share: 0.001 max_per_minute: 30 quota_mb: 2
      keep_days: 3 mask { input: 'text' how: DIGITS } mask { output: 'line' how: REMOVE } })")
                                     .models[0]
                                     .samples;
  EXPECT_EQ(policy.reasons.List().size(), samples::kReasonNames.size());
  EXPECT_EQ(policy.slow, std::chrono::milliseconds(500));
  EXPECT_EQ(policy.low_confidence, (samples::LowConfidence{"score", 0.6}));
  EXPECT_EQ(policy.random_share, 0.001);
  EXPECT_EQ(policy.max_per_minute, 30u);
  EXPECT_EQ(policy.quota_bytes, 2u << 20);
  EXPECT_EQ(policy.keep, std::chrono::hours(72));
  EXPECT_THAT(policy.masks, ElementsAre(samples::Mask{false, "text", samples::Mask::How::kDigits},
                                        samples::Mask{true, "line", samples::Mask::How::kRemove}));
}

TEST(SamplesConfigTest, TellsWhatIsWrongAndWhere) {
  EXPECT_THAT(Refused("samples {}"), HasSubstr("c.prototxt:2:1: samples without reasons"));
  for (const auto& [fields, error] : std::vector<std::pair<const char*, const char*>>{
           {"reasons: SLOW", "2:11: reason SLOW needs slow_ms"},
           {"reasons: LOW_CONFIDENCE", "needs low_confidence"},
           {"reasons: RANDOM", "needs random_share"},
           {"reasons: SLOW slow_ms: 0", "slow_ms is 0; it must be 1 to"},
           {"reasons: RANDOM random_share: 0", "2:27: random_share is 0"},
           {"reasons: RANDOM random_share: 1.5", "random_share is 1.5"},
           {"reasons: RANDOM random_share: nan", "random_share is nan"},
           {"reasons: LOW_CONFIDENCE low_confidence { below: 1 }", "output: write the tensor's name"},
           {"reasons: LOW_CONFIDENCE low_confidence { output: 's' }", "below is missing"},
           {"reasons: FAILED max_per_minute: 0", "max_per_minute is 0"},
           {"reasons: FAILED quota_mb: 0", "quota_mb is 0"},
           {"reasons: FAILED keep_days: 4000", "keep_days is 4000"},
           {"reasons: FAILED mask { how: DIGITS }", "names an input or an output"},
           {"reasons: FAILED mask { input: 'a' output: 'b' how: DIGITS }", "names an input or an output"},
           {"reasons: FAILED mask { input: 'a' }", "how is missing"},
           {"reasons: OFTEN", "OFTEN"}}) {
    EXPECT_THAT(Refused(StrCat("samples { ", fields, " }")), HasSubstr(error)) << fields;
  }
}

// Every field of the schema shows in the settings, else a change of it would be applied by nobody.
TEST(SamplesConfigTest, AChangeOfAnyFieldIsSeenAndNeedsNoNewWorkers) {
  const ServerConfig from = Accepted("samples { reasons: FAILED }");
  for (const char* fields :
       {"reasons: DISAGREED", "slow_ms: 5", "low_confidence { output: 's' below: 0.5 }", "random_share: 0.5",
        "max_per_minute: 5", "quota_mb: 5", "keep_days: 5", "mask { input: 'a' how: DIGITS }"}) {
    const ServerConfig to = Accepted(StrCat("samples { reasons: FAILED ", fields, " }"));
    EXPECT_THAT(Diff(from, to), ElementsAre(HasSubstr("model 'm': samples: "))) << fields;
    EXPECT_FALSE(NeedsNewWorkers(from.models[0], to.models[0])) << fields;
  }
  EXPECT_THAT(Diff(from, from), IsEmpty());
}

}  // namespace
}  // namespace huidu::config
