#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "base/status.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/infer/named_tensor.h"
#include "cli/simulate/replay.h"
#include "cli/simulate/timeline_svg.h"
#include "cli/simulate/trace.h"
#include "cli/table.h"
#include "rollout/policy_json.h"
#include "rollout/state_json.h"

namespace huidu::cli {
namespace {

using nlohmann::json;

struct SimulateOptions {
  std::string policy, trace, svg, rule;
  bool no_approvals = false;
  bool json = false;
};

Color ColorOf(rollout::Verdict verdict) {
  switch (verdict) {
    case rollout::Verdict::kGood: return Color::kGreen;
    case rollout::Verdict::kBad: return Color::kRed;
    default: return Color::kYellow;
  }
}

std::string ValueText(const rollout::Rule& rule, const std::optional<health::Figure>& figure) {
  return figure ? health::FormatValue(rule.metric, figure->value) : "-";
}

void PrintEvents(const Replay& replay, double first_seconds) {
  Table table({{"AFTER", true}, {"WHAT"}, {"STAGE"}, {"BY"}, {"WHY"}});
  for (const auto& [seconds, event] : replay.events) {
    table.Add(
        {FormatDuration(seconds - first_seconds), std::string(Name(event.kind)), event.stage, event.actor, event.text});
  }
  std::cout << table.Text(UseColors()) << "\n";
}

void PrintRules(const rollout::Policy& policy, const Replay& replay) {
  Table table({{"RULE"}, {"VERDICT"}, {"CANDIDATE", true}, {"STABLE", true}, {"LIMIT", true}, {"HEADROOM", true}});
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const rollout::Rule& rule = policy.rules[i];
    const rollout::RuleStatus& status = replay.last.rules[i];
    const std::string limit = status.limit ? health::FormatValue(rule.metric, *status.limit) : "-";
    const std::string headroom = status.headroom ? absl::StrFormat("%.0f %%", *status.headroom * 100) : "-";
    table.Add({rule.name, Cell(std::string(Name(status.verdict)), ColorOf(status.verdict)),
               ValueText(rule, status.candidate), ValueText(rule, status.stable), limit, headroom});
  }
  std::cout << table.Text(UseColors()) << "\n";
}

std::string Summary(const Replay& replay, const Trace& trace) {
  if (replay.outcome) {
    const double seconds = replay.events.back().seconds - trace.first_seconds();
    return StrCat(Name(replay.last.phase), " after ", FormatDuration(seconds), ": ", replay.outcome->text);
  }
  std::string text = StrCat("the trace ends after ", FormatDuration(trace.last_seconds() - trace.first_seconds()),
                            "; the rollout is ", Name(replay.last.phase));
  if (!replay.last.stage.empty()) StrAppend(&text, " in stage '", replay.last.stage, "'");
  for (const std::string& wait : replay.last.waiting_for) StrAppend(&text, "; waits for ", wait);
  return text;
}

json ToJson(const Replay& replay, const Trace& trace) {
  json events = json::array();
  for (const auto& [seconds, event] : replay.events) {
    json object = rollout::ToJson(event);
    object.erase("time");  // a trace has no calendar
    object["seconds"] = seconds;
    events.push_back(std::move(object));
  }
  json last = rollout::ToJson(replay.last);
  last.erase("events");
  return {{"summary", Summary(replay, trace)}, {"events", std::move(events)}, {"last", std::move(last)}};
}

absl::Status WriteSvg(const SimulateOptions& options, const rollout::Policy& policy, const Replay& replay) {
  HUIDU_ASSIGN_OR_RETURN(const size_t rule, RuleToDraw(policy, replay, options.rule));
  std::ofstream file(options.svg, std::ios::binary | std::ios::trunc);
  file << TimelineSvg(policy, replay, rule);
  return file.flush() ? absl::OkStatus() : absl::UnavailableError(StrCat(options.svg, ": cannot be written"));
}

absl::Status Simulate(const SimulateOptions& options) {
  HUIDU_ASSIGN_OR_RETURN(const std::string policy_text, ReadFile(options.policy));
  const auto policy = rollout::ParsePolicy(policy_text);
  if (!policy.ok()) return Annotate(policy.status(), options.policy);
  HUIDU_ASSIGN_OR_RETURN(const std::string trace_text, ReadFile(options.trace, kMaxTraceBytes));
  HUIDU_ASSIGN_OR_RETURN(const Trace trace, ParseTrace(trace_text, options.trace));
  HUIDU_ASSIGN_OR_RETURN(const Replay replay, RunReplay(*policy, trace, !options.no_approvals));
  if (!options.svg.empty()) HUIDU_RETURN_IF_ERROR(WriteSvg(options, *policy, replay));
  if (options.json) {
    std::cout << ToJson(replay, trace).dump(2) << "\n";
    return absl::OkStatus();
  }
  PrintEvents(replay, trace.first_seconds());
  PrintRules(*policy, replay);
  std::cout << Printable(Summary(replay, trace)) << "\n";
  return absl::OkStatus();
}

}  // namespace

void AddSimulateCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("simulate", "Say what a rollout policy would have done with recorded figures");
  auto options = std::make_shared<SimulateOptions>();
  command->add_option("POLICY", options->policy, "The policy, JSON")->required();
  command->add_option("TRACE", options->trace, "The recorded figures of both versions, CSV")->required();
  command->add_option("--svg", options->svg, "Draw the time line into this file");
  command->add_option("--rule", options->rule,
                      "The rule to draw; default: the one that decided, or came nearest to it");
  command->add_flag("--no-approvals", options->no_approvals,
                    "Checks, gates and approvals never come; default: at once");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, &exit_code] {
    const absl::Status status = Simulate(*options);
    if (!status.ok()) std::cerr << "error: " << Text(status) << "\n";
    exit_code = status.ok() ? kDone : kFailed;
  });
}

}  // namespace huidu::cli
