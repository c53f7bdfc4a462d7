#include "rollout/policy_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "base/status.h"
#include "rollout/json_object.h"
#include "rollout/span_text.h"
#include "rollout/validate.h"

namespace huidu::rollout {
namespace {

using nlohmann::json;
using Names = std::span<const std::string_view>;

constexpr size_t kMaxDocumentBytes = 1 << 20;
constexpr std::string_view kRollout = "rollout";  // a window

constexpr std::array<std::string_view, 3> kKinds = {"internal", "shadow", "share"};
constexpr std::array<std::string_view, 3> kTests = {"absolute", "relative", "sequential"};
constexpr std::array<std::string_view, 2> kComparisons = {"difference", "factor"};
constexpr std::array<std::string_view, 2> kAgainst = {"stable", "limit"};
constexpr std::array<std::string_view, 2> kSides = {"above", "below"};

template <typename Enum>
void ReadEnum(JsonObject& object, const char* name, Names names, Enum& out) {
  auto index = static_cast<size_t>(out);
  object.ReadChoice(name, names, index);
  out = static_cast<Enum>(index);
}

template <typename Enum>
std::string NameOf(Names names, Enum value) {
  return std::string(names[static_cast<size_t>(value)]);
}

// Percent, to two places behind the point.
void ReadShare(JsonObject& object, const char* name, uint32_t& out) {
  double percent = out / 100.0;
  object.Read(name, percent);
  const double points = percent * 100;
  if (!(points >= 0 && points <= 100 * kWhole) || std::abs(points - std::round(points)) > 1e-6) {
    return object.Fail(name, "percent, 0 to 100 in steps of 0.01");
  }
  out = static_cast<uint32_t>(std::lround(points));
}

std::string DefaultName(const Stage& stage) {
  if (stage.kind != StageKind::kShare) return NameOf(kKinds, stage.kind);
  return StrCat(stage.share / 100.0, " %");
}

absl::Status ReadRequireCheck(JsonObject& document, std::optional<RequireCheck>& out) {
  const json* field = document.Find("require_check");
  if (field == nullptr || *field == false) return absl::OkStatus();
  const std::string path = document.path().empty() ? "require_check" : StrCat(document.path(), ".require_check");
  if (!field->is_boolean() && !field->is_object()) {
    return absl::InvalidArgumentError(StrCat(path, ": expected true, false or an object with max_age and dataset"));
  }
  out.emplace();
  if (field->is_boolean()) return absl::OkStatus();
  JsonObject object(*field, path);
  object.Read("max_age", out->max_age);
  object.Read("dataset", out->dataset);
  return object.Finish();
}

absl::StatusOr<Stage> ReadStage(JsonObject object) {
  Stage stage;
  ReadEnum(object, "kind", kKinds, stage.kind);
  ReadShare(object, "share_percent", stage.share);
  ReadShare(object, "shadow_percent", stage.shadow_share);
  stage.name = DefaultName(stage);
  object.Read("name", stage.name);
  object.Read("min_duration", stage.min_duration);
  object.Read("min_requests", stage.min_requests);
  object.Read("max_duration", stage.max_duration);
  object.Read("wait_for_approval", stage.wait_for_approval);
  object.Read("gates", stage.gates);
  HUIDU_RETURN_IF_ERROR(ReadRequireCheck(object, stage.require_check));
  HUIDU_RETURN_IF_ERROR(object.Finish());
  return stage;
}

void ReadWindow(JsonObject& object, Span& out) {
  const json* field = object.Find("window");
  if (field != nullptr && field->is_string() && *field == kRollout) {
    out = kWholeRollout;
  } else {
    object.Read("window", out);
  }
}

// `rule` holds the defaults.
absl::Status ReadRule(JsonObject& object, Rule& rule) {
  std::string metric(health::Info(rule.metric).name);
  object.Read("metric", metric);
  const auto parsed = health::ParseMetric(metric);
  if (!parsed.ok()) return Annotate(parsed.status(), StrCat(object.path(), ".metric"));
  if (*parsed != rule.metric) rule.bad_when = health::Info(*parsed).bad_when;
  rule.metric = *parsed;
  ReadEnum(object, "test", kTests, rule.test);
  ReadEnum(object, "bad_when", kSides, rule.bad_when);
  object.Read("limit", rule.limit);
  ReadEnum(object, "comparison", kComparisons, rule.comparison);
  ReadEnum(object, "against", kAgainst, rule.against);
  ReadWindow(object, rule.window);
  object.Read("periods", rule.periods);
  object.Read("min_samples", rule.min_samples);
  object.Read("alpha", rule.alpha);
  object.Read("required", rule.required);
  return object.Finish();
}

auto FindRule(std::vector<Rule>& rules, std::string_view name) {
  return std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == name; });
}

absl::Status ReadRules(JsonObject& document, std::vector<Rule>& rules) {
  bool defaults = true;
  document.Read("default_rules", defaults);
  if (defaults) rules = DefaultRules();
  std::vector<std::string> removed;
  document.Read("remove_rules", removed);
  for (const std::string& name : removed) {
    const auto rule = FindRule(rules, name);
    if (rule == rules.end()) return absl::InvalidArgumentError(StrCat("remove_rules: no default rule '", name, "'"));
    rules.erase(rule);
  }
  const size_t known = rules.size();
  for (JsonObject& object : document.Objects("rules", kMaxRules)) {
    std::string name;
    object.Read("name", name);
    const auto changed = FindRule(rules, name);
    const bool is_default = changed < rules.begin() + static_cast<ptrdiff_t>(known);
    if (!is_default && (!object.Has("metric") || !object.Has("limit"))) {
      return absl::InvalidArgumentError(StrCat(object.path(), ": a new rule needs name, metric and limit"));
    }
    Rule rule = is_default ? *changed : Rule{.name = name};
    HUIDU_RETURN_IF_ERROR(ReadRule(object, rule));
    if (is_default) {
      *changed = rule;
    } else {
      rules.push_back(rule);
    }
  }
  return absl::OkStatus();
}

json ToJson(const RequireCheck& check) {
  json out = {{"max_age", FormatSpan(check.max_age)}};
  if (!check.dataset.empty()) out["dataset"] = check.dataset;
  return out;
}

json ToJson(const Stage& stage) {
  json out = {{"name", stage.name},
              {"kind", NameOf(kKinds, stage.kind)},
              {"share_percent", stage.share / 100.0},
              {"shadow_percent", stage.shadow_share / 100.0},
              {"min_duration", FormatSpan(stage.min_duration)},
              {"min_requests", stage.min_requests},
              {"max_duration", FormatSpan(stage.max_duration)},
              {"wait_for_approval", stage.wait_for_approval},
              {"gates", stage.gates}};
  if (stage.require_check) out["require_check"] = ToJson(*stage.require_check);
  return out;
}

json ToJson(const Rule& rule) {
  return {{"name", rule.name},
          {"metric", health::Info(rule.metric).name},
          {"test", NameOf(kTests, rule.test)},
          {"bad_when", NameOf(kSides, rule.bad_when)},
          {"limit", rule.limit},
          {"comparison", NameOf(kComparisons, rule.comparison)},
          {"against", NameOf(kAgainst, rule.against)},
          {"window", rule.window == kWholeRollout ? std::string(kRollout) : FormatSpan(rule.window)},
          {"periods", rule.periods},
          {"min_samples", rule.min_samples},
          {"alpha", rule.alpha},
          {"required", rule.required}};
}

}  // namespace

absl::StatusOr<Policy> PolicyFromJson(const json& document) {
  Policy policy;
  JsonObject object(document, "");
  object.Read("candidate", policy.candidate);
  object.Read("sampling_period", policy.sampling_period);
  object.Read("bake_time", policy.bake_time);
  object.Read("memory_warm_up", policy.memory_warm_up);
  object.Read("max_pause", policy.max_pause);
  object.Read("start_gates", policy.start_gates);
  for (JsonObject& stage : object.Objects("stages", kMaxStages)) {
    HUIDU_ASSIGN_OR_RETURN(Stage read, ReadStage(std::move(stage)));
    policy.stages.push_back(std::move(read));
  }
  HUIDU_RETURN_IF_ERROR(ReadRequireCheck(object, policy.require_check));
  HUIDU_RETURN_IF_ERROR(ReadRules(object, policy.rules));
  HUIDU_RETURN_IF_ERROR(object.Finish());
  HUIDU_RETURN_IF_ERROR(Validate(policy));
  return policy;
}

absl::StatusOr<Policy> ParsePolicy(std::string_view text) {
  if (text.size() > kMaxDocumentBytes) return absl::InvalidArgumentError("a policy is at most 1 MiB of JSON");
  try {
    return PolicyFromJson(json::parse(text));
  } catch (const json::exception& error) {  // its text has line and column
    return absl::InvalidArgumentError(StrCat("no JSON: ", error.what()));
  }
}

json ToJson(const Policy& policy) {
  json stages = json::array(), rules = json::array();
  for (const Stage& stage : policy.stages) stages.push_back(ToJson(stage));
  for (const Rule& rule : policy.rules) rules.push_back(ToJson(rule));
  json out = {{"candidate", policy.candidate},
              {"sampling_period", FormatSpan(policy.sampling_period)},
              {"bake_time", FormatSpan(policy.bake_time)},
              {"memory_warm_up", FormatSpan(policy.memory_warm_up)},
              {"max_pause", FormatSpan(policy.max_pause)},
              {"start_gates", policy.start_gates},
              {"stages", std::move(stages)},
              {"default_rules", false},
              {"rules", std::move(rules)}};
  if (policy.require_check) out["require_check"] = ToJson(*policy.require_check);
  return out;
}

}  // namespace huidu::rollout
