#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/strings/str_format.h"
#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "check/report.h"
#include "check/run.h"
#include "cli/admin_client.h"
#include "cli/check/find_version.h"
#include "cli/check/progress_bar.h"
#include "cli/check/write_report.h"
#include "cli/commands.h"
#include "cli/http_client.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

using check::State;

struct CheckOptions : AdminOptions {
  std::string model, candidate, baseline, dataset, model_config, limits, report, html;
  std::string comparison = "auto";
  check::RunOptions run;
  double seconds = 2;
  int instances = 0, threads = 0;
  bool record = false;
};

Color ColorOf(State state) {
  switch (state) {
    case State::kPassed: return Color::kGreen;
    case State::kFailed: return Color::kRed;
    case State::kNoData: return Color::kYellow;
  }
  return Color::kNone;
}

void PrintVerdicts(const check::CheckResult& result) {
  Table table({{"LIMIT"}, {"OF"}, {"RESULT"}, {"FIGURE", true}, {"LIMIT", true}, {"WHAT WAS FOUND"}});
  for (const check::Verdict& verdict : result.verdicts) {
    table.Add({verdict.rule, verdict.about, Cell(std::string(Name(verdict.state)), ColorOf(verdict.state)),
               verdict.state == State::kNoData ? "-" : absl::StrFormat("%.4g", verdict.figure),
               absl::StrFormat("%.4g", verdict.limit), verdict.text});
  }
  std::cout << table.Text(UseColors());
}

void PrintSummary(const check::CheckResult& result) {
  PrintVerdicts(result);
  if (!result.candidate.accuracy) std::cout << "not judged: accuracy, as no sample has an expected answer\n";
  if (!result.baseline) std::cout << "not judged: any comparison, as no --baseline was given\n";
  std::cout << Paint(result.Passed() ? "passed" : "did not pass", result.Passed() ? Color::kGreen : Color::kRed,
                     UseColors())
            << absl::StrFormat(": %s, content %s, in %.0f s\n", Printable(result.candidate.directory),
                               result.candidate.content_hash.substr(0, 16), result.seconds);
}

absl::Status WriteReports(const CheckOptions& options, const check::Dataset& dataset,
                          const check::CheckResult& result) {
  if (!options.report.empty()) HUIDU_RETURN_IF_ERROR(WriteReport(options.report, JsonReport(dataset, result), 0644));
  if (!options.html.empty()) HUIDU_RETURN_IF_ERROR(WriteReport(options.html, HtmlReport(dataset, result), 0644));
  return absl::OkStatus();
}

absl::Status Prepare(CheckOptions& options) {
  HUIDU_ASSIGN_OR_RETURN(options.run.model, FindModelConfig(options.model_config, options.model));
  if (options.instances > 0) options.run.model.instances = options.instances;
  if (options.threads > 0) options.run.model.threads_per_instance = options.threads;
  HUIDU_ASSIGN_OR_RETURN(options.run.candidate, FindVersionFolder(options, options.model, options.candidate));
  if (!options.baseline.empty()) {
    HUIDU_ASSIGN_OR_RETURN(options.run.baseline, FindVersionFolder(options, options.model, options.baseline));
  }
  HUIDU_ASSIGN_OR_RETURN(options.run.compare.comparison, check::ParseComparison(options.comparison));
  if (!options.limits.empty()) {
    HUIDU_ASSIGN_OR_RETURN(options.run.limits, check::ReadLimits(options.limits));
  }
  options.run.compare.absolute = options.run.limits.tolerance_absolute;
  options.run.compare.relative = options.run.limits.tolerance_relative;
  options.run.round_time = std::chrono::milliseconds(static_cast<int64_t>(options.seconds * 1000));
  return absl::OkStatus();
}

// The reports are written and shown by now: only the server does not know.
absl::Status Record(const CheckOptions& options, const check::CheckResult& result) {
  Json document = check::RecordOf(result);
  if (!options.reason.empty()) document["reason"] = options.reason;
  const absl::Status status =
      CallAdmin(options, "POST", StrCat("/models/", EncodePathPiece(options.model), "/checks"), document).status();
  if (status.ok()) return status;
  return absl::Status(status.code(), StrCat("the check ", result.Passed() ? "passed" : "did not pass",
                                            ", but was not recorded at ", options.url, ": ", Text(status)));
}

absl::StatusOr<bool> RunCheck(CheckOptions& options) {
  HUIDU_RETURN_IF_ERROR(Prepare(options));
  HUIDU_ASSIGN_OR_RETURN(const check::Dataset dataset, check::ReadDataset(options.dataset));
  ProgressBar bar;
  const absl::StatusOr<check::CheckResult> result =
      check::Run(options.run, dataset, [&](const std::string& step, double done) { bar.Show(step, done); });
  bar.Clear();
  if (!result.ok()) return result.status();
  HUIDU_RETURN_IF_ERROR(WriteReports(options, dataset, *result));
  if (options.json) {
    std::cout << JsonReport(dataset, *result) << "\n";
  } else {
    PrintSummary(*result);
  }
  if (options.record) {
    HUIDU_RETURN_IF_ERROR(Record(options, *result));
    if (!options.json) std::cout << "recorded at " << options.url << "\n";
  }
  return result->Passed();
}

int Check(CheckOptions& options) {
  (void)log::Start(log::Level::kError, "");
  const absl::StatusOr<bool> passed = RunCheck(options);
  if (!passed.ok()) return Fail(passed.status());
  return *passed ? kDone : kFailed;
}

}  // namespace

void AddCheckCommand(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("check", "Compare a candidate with a baseline on labelled samples, before a release");
  command->footer(
      "Loads both in workers of its own; nothing goes to a server's users. Exit status: 0 passed, and recorded where\n"
      "--record asks for it; 1 did not pass or failed; 2 wrong usage. Example:\n"
      "  huidu check --model ocr_service --candidate /models/ocr_v2 --baseline live --dataset pages/ --html "
      "report.html");
  auto options = std::make_shared<CheckOptions>();
  AddAdminOptions(*command, *options, /*changes=*/true);
  command->add_flag(
      "--record", options->record,
      "Tell the server the result, for rollouts whose policy has require_check; needs an operator's token");
  command->add_option("--model", options->model, "Name of the model")->required();
  command->add_option("--candidate", options->candidate, "The version's folder, or a loaded version's name")
      ->required();
  command->add_option("--baseline", options->baseline, "A folder, a loaded version's name, or live");
  command->add_option("--dataset", options->dataset, "A manifest in JSON Lines, or the folder of a manifest.jsonl")
      ->required();
  command->add_option("--model-config", options->model_config, "Take engine, device and instances from this file");
  command->add_option("--instances", options->instances, "Inferences at a time in each version")
      ->check(CLI::Range(1, 64));
  command->add_option("--threads", options->threads, "CPU threads of each inference")->check(CLI::Range(1, 64));
  command->add_option("--compare", options->comparison, "exact, edit_distance, tolerance, top1 or auto");
  command->add_option("--output", options->run.compare.output, "The output that is judged");
  command->add_option("--limits", options->limits, "What the candidate is held to: a CheckLimits in text format");
  command->add_option("--callers", options->run.callers, "Numbers of callers to measure with")
      ->delimiter(',')
      ->check(CLI::Range(1, 256));
  command->add_option("--rounds", options->run.rounds, "Rounds of each version, by turns")->check(CLI::Range(1, 1000));
  command->add_option("--seconds", options->seconds, "Of a round")->check(CLI::Range(0.01, 3600.0));
  command->add_option("--report", options->report, "Write the result as JSON to this file");
  command->add_option("--html", options->html, "Write the result as a page to this file");
  command->callback([options, &exit_code] { exit_code = Check(*options); });
}

}  // namespace huidu::cli
