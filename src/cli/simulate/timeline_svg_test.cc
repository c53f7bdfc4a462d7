#include "cli/simulate/timeline_svg.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/strings.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

rollout::Policy PolicyNamed(std::string candidate) {
  rollout::Policy policy;
  policy.candidate = std::move(candidate);
  policy.rules = rollout::DefaultRules();
  policy.stages = {{.name = "a <b> & \"c\"", .share = 100, .min_duration = std::chrono::seconds(60)}};
  return policy;
}

Replay Replayed(const rollout::Policy& policy, uint64_t errors) {
  Trace trace;
  for (int at = 1; at <= 100; ++at) {
    TraceRow row{.seconds = static_cast<double>(at)};
    row.stable.requests = row.candidate.requests = 100;
    row.candidate.server_errors = at > 50 ? errors : 0;
    row.stable.latency.Record(20'000'000, 100);
    row.candidate.latency.Record(300'000'000, 100 - row.candidate.server_errors);
    trace.rows.push_back(row);
  }
  trace.step = std::chrono::seconds(1);
  return *RunReplay(policy, trace, true);
}

// Every element is closed in its turn, and no text holds a bare "<" or "&": enough for what the picture is made of.
bool WellFormed(std::string_view xml) {
  std::vector<std::string_view> open;
  for (size_t at = 0; (at = xml.find('<', at)) != std::string_view::npos;) {
    const size_t end = xml.find('>', at);
    if (end == std::string_view::npos) return false;
    const std::string_view tag = xml.substr(at + 1, end - at - 1);
    const std::string_view name = tag.substr(0, tag.find_first_of(" /"));
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else if (!tag.starts_with('?') && !tag.ends_with('/')) {
      open.push_back(name);
    }
    at = end;
  }
  for (size_t at = 0; (at = xml.find('&', at)) != std::string_view::npos; ++at) {
    const std::string_view rest = xml.substr(at, 6);
    if (!rest.starts_with("&amp;") && !rest.starts_with("&lt;") && !rest.starts_with("&gt;") && rest != "&quot;") {
      return false;
    }
  }
  return open.empty();
}

TEST(TimelineSvgTest, IsWellFormedWhateverTheNames) {
  const rollout::Policy policy = PolicyNamed("v2<script>&\x01");
  const std::string svg = TimelineSvg(policy, Replayed(policy, 20), 0);
  EXPECT_TRUE(WellFormed(svg));
  EXPECT_THAT(svg, HasSubstr("v2&lt;script&gt;&amp;?"));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(TimelineSvgTest, DrawsTheRuleThatDecidedWithItsLimit) {
  const rollout::Policy policy = PolicyNamed("v2");
  const Replay replay = Replayed(policy, 10);
  const auto rule = RuleToDraw(policy, replay, "");
  ASSERT_TRUE(rule.ok());
  EXPECT_EQ(policy.rules[*rule].name, replay.outcome->rule->rule);
  const std::string svg = TimelineSvg(policy, replay, *rule);
  EXPECT_THAT(svg, HasSubstr(StrCat("Rule '", policy.rules[*rule].name, "'")));
  EXPECT_THAT(svg, HasSubstr("rolled back [a &lt;b&gt; &amp; &quot;c&quot;]"));
  EXPECT_THAT(svg, HasSubstr("class=\"line limit\""));
}

TEST(TimelineSvgTest, DrawsTheRuleThatCameNearestIfNoneDecided) {
  rollout::Policy policy = PolicyNamed("v2");
  policy.rules.resize(4);  // no comparison with stable
  const Replay replay = Replayed(policy, 0);
  const auto rule = RuleToDraw(policy, replay, "");
  ASSERT_TRUE(rule.ok());
  EXPECT_EQ(policy.rules[*rule].name, "latency_p99") << "300 ms of 500 ms";
}

TEST(TimelineSvgTest, DrawsTheRuleThatIsAskedFor) {
  const rollout::Policy policy = PolicyNamed("v2");
  const Replay replay = Replayed(policy, 0);
  EXPECT_EQ(policy.rules[*RuleToDraw(policy, replay, "error_rate")].name, "error_rate");
  const auto unknown = RuleToDraw(policy, replay, "speed");
  EXPECT_THAT(std::string(Text(unknown.status())), HasSubstr("no rule 'speed': the policy has worker_deaths, "));
  EXPECT_FALSE(RuleToDraw({}, replay, "").ok());
}

TEST(TimelineSvgTest, DrawsEvidenceForASequentialRule) {
  const rollout::Policy policy = PolicyNamed("v2");
  const Replay replay = Replayed(policy, 0);
  const auto rule = RuleToDraw(policy, replay, "errors_against_stable");
  const std::string svg = TimelineSvg(policy, replay, *rule);
  EXPECT_THAT(svg, HasSubstr("evidence, of what is needed"));
  EXPECT_THAT(svg, Not(HasSubstr("line stable")));
}

}  // namespace
}  // namespace huidu::cli
