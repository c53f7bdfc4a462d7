#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "rollout/state_json.h"

namespace huidu::rollout {
namespace {

using nlohmann::json;

json ToJson(const std::optional<health::Figure>& figure) {
  if (!figure) return nullptr;
  json object = {{"value", figure->value}, {"samples", figure->samples}};
  if (figure->low != figure->value || figure->high != figure->value) {
    object["low"] = figure->low;
    object["high"] = figure->high;
  }
  return object;
}

json ToJson(const std::optional<double>& number) { return number ? json(*number) : json(nullptr); }

}  // namespace

json ToJson(const RuleStatus& status) {
  return {{"rule", status.rule},
          {"verdict", Name(status.verdict)},
          {"candidate", ToJson(status.candidate)},
          {"stable", ToJson(status.stable)},
          {"limit", ToJson(status.limit)},
          {"headroom", ToJson(status.headroom)},
          {"bad_in_a_row", status.bad_in_a_row},
          {"text", status.text}};
}

json ToJson(const Event& event) {
  json object = {{"event", Name(event.kind)},
                 {"time", UtcTimestamp(event.time)},
                 {"stage", event.stage},
                 {"actor", event.actor},
                 {"text", event.text}};
  if (event.rule) object["rule"] = ToJson(*event.rule);
  return object;
}

json ToJson(const Baselines& baselines) {
  json object = json::object();
  for (const auto& [metric, figure] : baselines) {
    object[std::string(health::Info(metric).name)] = ToJson(std::optional(figure));
  }
  return object;
}

json ToJson(const Decision& decision) {
  json events = json::array(), rules = json::array();
  for (const Event& event : decision.events) events.push_back(ToJson(event));
  for (const RuleStatus& rule : decision.rules) rules.push_back(ToJson(rule));
  const Route& route = decision.route;
  return {{"phase", Name(decision.phase)},
          {"stage", decision.stage},
          {"route",
           {{"internal_users", route.internal_users},
            {"share_percent", route.share / 100.0},
            {"shadow_percent", route.shadow_share / 100.0},
            {"promoted", route.promoted}}},
          {"quarantine", decision.quarantine},
          {"events", std::move(events)},
          {"rules", std::move(rules)},
          {"gates_wanted", decision.gates_wanted},
          {"approval_wanted", decision.approval_wanted},
          {"waiting_for", decision.waiting_for}};
}

}  // namespace huidu::rollout
