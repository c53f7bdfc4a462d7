#include "front/admin/verdict.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> kChecks = {"confirm-rollout",          "pre-rollout",       "rollout",
                                                     "confirm-traffic-increase", "confirm-promotion", "post-rollout"};

absl::StatusOr<json> RolloutIn(const json& described) {
  const auto found = described.find("rollout");
  if (found != described.end() && found->is_object()) return *found;
  return absl::NotFoundError(StrCat("model '", described.value("model", ""), "' has no rollout"));
}

// Why, in one line: how it ended, or what is missing.
std::string Why(const json& rollout) {
  if (const auto outcome = rollout.find("outcome"); outcome != rollout.end()) return outcome->value("text", "");
  std::string why;
  for (const json& what : rollout.value("waiting_for", json::array())) {
    StrAppend(&why, why.empty() ? "" : "; ", what.is_string() ? what.get<std::string>() : "");
  }
  return why;
}

}  // namespace

absl::StatusOr<std::string> Verdict(const json& described) {
  HUIDU_ASSIGN_OR_RETURN(const json rollout, RolloutIn(described));
  return json{{"model", described.value("model", "")},
              {"candidate", rollout.value("candidate", "")},
              {"phase", rollout.value("phase", "")},
              {"verdict", rollout.value("verdict", "")},
              {"text", Why(rollout)}}
      .dump();
}

absl::Status FlaggerHook(const json& described, std::string_view hook) {
  if (hook == "event") return absl::OkStatus();
  const bool check = std::find(kChecks.begin(), kChecks.end(), hook) != kChecks.end();
  if (!check && hook != "rollback") return absl::NotFoundError(StrCat("Flagger has no webhook of type '", hook, "'"));
  HUIDU_ASSIGN_OR_RETURN(const json rollout, RolloutIn(described));
  const std::string verdict = rollout.value("verdict", "");
  const bool bad = verdict == "bad";
  const bool passed = hook == "rollback" ? bad : hook == "confirm-promotion" ? verdict == "good" : !bad;
  if (passed) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("candidate ", rollout.value("candidate", ""), ": ", verdict, "; ", Why(rollout)));
}

}  // namespace huidu::front
