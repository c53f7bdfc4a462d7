#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/status.h"
#include "base/strings.h"
#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/http_client.h"
#include "cli/rollout_text.h"
#include "cli/table.h"
#include "config/text_file.h"

namespace huidu::cli {
namespace {

constexpr size_t kMaxPolicyBytes = 1 << 20;

struct RolloutOptions : AdminOptions {
  std::string model;
  std::string candidate;
  std::string policy_file;
  std::string version;
  std::string stage;
};

std::string Target(const RolloutOptions& options, std::string_view rest) {
  return StrCat("/models/", EncodePathPiece(options.model), rest);
}

int Show(const RolloutOptions& options, const absl::StatusOr<Json>& answer) {
  if (!answer.ok()) return Fail(answer.status());
  if (options.json) {
    PrintJson(*answer);
  } else {
    std::cout << RolloutText(*answer, UseColors());
  }
  return kDone;
}

absl::StatusOr<Json> ReadPolicy(const std::string& file) {
  if (file.empty()) return Json::object();
  HUIDU_ASSIGN_OR_RETURN(const std::string text, config::ReadFile(file, kMaxPolicyBytes));
  Json policy = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!policy.is_object()) return absl::InvalidArgumentError(StrCat(file, ": expected a JSON object"));
  return policy;
}

int Start(const RolloutOptions& options) {
  absl::StatusOr<Json> policy = ReadPolicy(options.policy_file);
  if (!policy.ok()) return Fail(policy.status());
  if (!options.candidate.empty()) (*policy)["candidate"] = options.candidate;
  if (!options.reason.empty()) (*policy)["reason"] = options.reason;
  return Show(options, CallAdmin(options, "POST", Target(options, "/rollout"), *policy));
}

int ShowStatus(const RolloutOptions& options) {
  return Show(options, CallAdmin(options, "GET", Target(options, "/rollout")));
}

template <const char* order>
int Order(const RolloutOptions& options) {
  return Show(options, CallAdmin(options, "POST", Target(options, order), {{"reason", options.reason}}));
}
constexpr char kPause[] = "/rollout/pause", kResume[] = "/rollout/resume", kPromote[] = "/rollout/promote",
               kAbort[] = "/rollout/abort", kRollback[] = "/rollback";

// Names the stage, so that an approval that comes second does not count for the next one.
int Approve(const RolloutOptions& options) {
  absl::StatusOr<std::string> stage = options.stage;
  if (options.stage.empty()) {
    const absl::StatusOr<Json> described = CallAdmin(options, "GET", Target(options, "/rollout"));
    if (!described.ok()) return Fail(described.status());
    stage = StageToApprove(*described);
  }
  if (!stage.ok()) return Fail(stage.status());
  Json body = {{"reason", options.reason}};
  if (!stage->empty()) body["stage"] = *stage;
  return Show(options, CallAdmin(options, "POST", Target(options, "/rollout/approve"), body));
}

int Clear(const RolloutOptions& options) {
  return Show(options, CallAdmin(options, "DELETE", Target(options, "/quarantine/" + EncodePathPiece(options.version)),
                                 {{"reason", options.reason}}));
}

CLI::App* AddCommand(CLI::App& parent, const char* name, const char* help, bool changes,
                     const std::shared_ptr<RolloutOptions>& options, int (*run)(const RolloutOptions&),
                     int& exit_code) {
  CLI::App* command = parent.add_subcommand(name, help);
  AddAdminOptions(*command, *options, changes);
  command->add_option("MODEL", options->model)->required();
  command->callback([options, run, &exit_code] { exit_code = run(*options); });
  return command;
}

}  // namespace

void AddRolloutCommand(CLI::App& app, int& exit_code) {
  CLI::App* rollout = app.add_subcommand("rollout", "Bring a candidate to users in stages, and watch it");
  rollout->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*run)(const RolloutOptions&), bool changes = true) {
    auto options = std::make_shared<RolloutOptions>();
    return std::pair(AddCommand(*rollout, name, help, changes, options, run, exit_code), options);
  };
  auto [start, options] = add("start", "Begin a rollout of a loaded version", Start);
  start->add_option("CANDIDATE", options->candidate, "The version; default: the policy's");
  start
      ->add_option("--policy", options->policy_file,
                   "JSON file with stages and rules, see docs/reference/rollout-rules.md")
      ->check(CLI::ExistingFile);
  add("status", "Stage, shares, and how far each rule is from its limit", ShowStatus, false);
  add("pause", "Keep the stage; its time stands still, the rules stay at work", Order<kPause>);
  add("resume", "Go on after a pause", Order<kResume>);
  auto [approve, approved] = add("approve", "Let the stage end that waits for a person", Approve);
  approve->add_option("--stage", approved->stage, "Name of the stage; default: the one that waits now");
  add("promote", "Give the candidate all traffic now", Order<kPromote>);
  add("abort", "Give stable all traffic; the candidate is not blamed", Order<kAbort>);
  auto [clear, cleared] = add("clear", "Let a quarantined version serve again", Clear);
  clear->add_option("VERSION", cleared->version, "Name under which it was rolled back, or its content hash")
      ->required();
}

void AddRollbackCommand(CLI::App& app, int& exit_code) {
  AddCommand(app, "rollback", "Give all traffic back to the stable version, now", true,
             std::make_shared<RolloutOptions>(), Order<kRollback>, exit_code);
}

}  // namespace huidu::cli
