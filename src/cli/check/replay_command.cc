#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "check/replay.h"
#include "cli/admin_client.h"
#include "cli/check/find_version.h"
#include "cli/check/progress_bar.h"
#include "cli/check/replay_text.h"
#include "cli/check/write_report.h"
#include "cli/commands.h"
#include "cli/kept_samples.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

using check::Change;

// Samples are held in memory until they are replayed.
constexpr size_t kMaxBytes = size_t{1} << 30;

constexpr char kFooter[] =
    "Runs the samples in workers of its own; nothing goes to a server's users. Exit status: 0 replayed, 1 failed or\n"
    "--fail-on found something, 2 wrong usage. Examples:\n"
    "  huidu replay --model ocr_service --version v4 --of-version v3 --reason FAILED --fail-on failed\n"
    "  huidu replay --model ocr_service --version /models/ocr_v4 --against live --dataset ./bad-cases";

struct ReplayCommandOptions : AdminOptions {
  SampleFilter filter;
  std::string version, against, dataset, model_config, report, html;
  std::string comparison = "auto";
  std::vector<std::string> fail_on;
  size_t shown = 20;
  int threads = 0;
};

// An export that never gets to a disk: it is what users sent.
class DataSetInMemory {
 public:
  absl::Status Add(samples::DataSetItem item) {
    const samples::ManifestLine line = samples::MakeLine(std::move(item.line), item.extension, ++count_);
    bytes_ += line.text.size() + item.contents.size();
    if (bytes_ > kMaxBytes) {
      return absl::ResourceExhaustedError(StrCat("the samples are more than ", kMaxBytes >> 20, " MiB from number ",
                                                 count_, " on; ask for fewer with --limit"));
    }
    manifest_ += line.text;
    if (!line.file.empty()) files_[line.file] = std::move(item.contents);
    return absl::OkStatus();
  }

  absl::StatusOr<check::Dataset> Parse(const std::string& name) {
    return check::ParseDataset(manifest_, name, [&](const std::string& file) -> absl::StatusOr<std::string> {
      return std::move(files_[file]);
    });
  }

  bool empty() const { return count_ == 0; }

 private:
  size_t count_ = 0, bytes_ = 0;
  std::string manifest_;
  std::map<std::string, std::string> files_;
};

std::string LeftOutText(const LeftOut& left_out) {
  std::string text;
  for (const auto& [why, ids] : left_out) StrAppend(&text, "; ", ids.size(), ": ", why);
  return text;
}

absl::StatusOr<check::Dataset> Fetch(const ReplayCommandOptions& options, LeftOut& left_out) {
  HUIDU_ASSIGN_OR_RETURN(const Json list, ListSamples(options, options.filter));
  if (list.empty()) {
    return absl::NotFoundError(StrCat("the server has kept no such samples of model '", options.filter.model,
                                      "'; `huidu samples list ", options.filter.model, "` shows all that there are"));
  }
  DataSetInMemory set;
  HUIDU_ASSIGN_OR_RETURN(left_out, FetchSamples(options, list, options.filter.reason,
                                                [&](samples::DataSetItem item) { return set.Add(std::move(item)); }));
  if (set.empty()) return absl::FailedPreconditionError(StrCat("no sample can be sent again", LeftOutText(left_out)));
  return set.Parse("samples of " + options.filter.model);
}

absl::StatusOr<check::ReplayOptions> Prepare(const ReplayCommandOptions& options) {
  check::ReplayOptions prepared;
  const std::string& model = options.filter.model;
  HUIDU_ASSIGN_OR_RETURN(prepared.model, FindModelConfig(options.model_config, model));
  if (options.threads > 0) prepared.model.threads_per_instance = options.threads;
  HUIDU_ASSIGN_OR_RETURN(prepared.compare.comparison, check::ParseComparison(options.comparison));
  HUIDU_ASSIGN_OR_RETURN(prepared.version, FindVersionFolder(options, model, options.version));
  if (!options.against.empty()) {
    HUIDU_ASSIGN_OR_RETURN(prepared.against, FindVersionFolder(options, model, options.against));
  }
  return prepared;
}

absl::Status Report(const ReplayCommandOptions& options, const check::Dataset& dataset,
                    const check::ReplayResult& result) {
  if (!options.report.empty()) HUIDU_RETURN_IF_ERROR(WriteReport(options.report, ReplayJson(dataset, result), 0600));
  if (!options.html.empty()) HUIDU_RETURN_IF_ERROR(WriteReport(options.html, ReplayHtml(dataset, result), 0600));
  if (options.json) {
    std::cout << ReplayJson(dataset, result) << "\n";
  } else {
    std::cout << ReplayText(dataset, result, options.shown, UseColors());
  }
  return absl::OkStatus();
}

// Whether something is there that the command was told to fail on.
bool Found(const std::string& what, const check::ReplayResult& result) {
  const check::ReplayTally all = check::TallyOf(result);
  const auto& changes = result.against ? all.against : all.captured;
  const auto count = [&](Change change) { return changes.at(static_cast<size_t>(change)); };
  if (what == "changed") return count(Change::kChanged) + count(Change::kFailsNow) > 0;
  if (what == "failed") return all.failed > 0;
  return all.right < all.expected_known;  // "wrong"
}

absl::StatusOr<int> RunReplay(const ReplayCommandOptions& options) {
  HUIDU_ASSIGN_OR_RETURN(const check::ReplayOptions prepared, Prepare(options));
  LeftOut left_out;
  ProgressBar bar;
  bar.Show("fetching samples", 0);
  const absl::StatusOr<check::Dataset> dataset =
      options.dataset.empty() ? Fetch(options, left_out) : check::ReadDataset(options.dataset);
  bar.Clear();
  if (!dataset.ok()) return dataset.status();
  absl::StatusOr<check::ReplayResult> result =
      check::Replay(prepared, *dataset, [&](const std::string& step, double done) { bar.Show(step, done); });
  bar.Clear();
  if (!result.ok()) return result.status();
  result->version.name = options.version;
  if (result->against) result->against->name = options.against;
  result->not_sent = std::move(left_out);
  HUIDU_RETURN_IF_ERROR(Report(options, *dataset, *result));
  for (const std::string& what : options.fail_on) {
    if (Found(what, *result)) return kFailed;
  }
  return kDone;
}

int ReplaySamples(const ReplayCommandOptions& options) {
  (void)log::Start(log::Level::kError, "");
  const absl::StatusOr<int> done = RunReplay(options);
  return done.ok() ? *done : Fail(done.status());
}

}  // namespace

void AddReplayCommand(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("replay", "Run samples that a server has kept through another version: what changed");
  command->footer(kFooter);
  auto options = std::make_shared<ReplayCommandOptions>();
  AddAdminOptions(*command, *options, /*changes=*/false);
  command->add_option("--model", options->filter.model, "Name of the model")->required();
  command
      ->add_option(
          "--version", options->version,
          "What answers: a folder, live, or the name of a version that is or was loaded, also a quarantined one")
      ->required();
  command->add_option("--against", options->against, "Ask this version too, and compare with its answers");
  AddSampleFilter(*command, options->filter, "--of-version");
  CLI::Option* dataset = command->add_option("--dataset", options->dataset,
                                             "Replay this export: its folder or manifest.jsonl; needs no server");
  for (const char* filter : {"--of-version", "--reason", "--since", "--limit"}) {
    dataset->excludes(command->get_option(filter));
  }
  command->add_option("--model-config", options->model_config, "Take engine, device and warm-up from this file");
  command->add_option("--threads", options->threads, "CPU threads of each inference")->check(CLI::Range(1, 64));
  command->add_option("--compare", options->comparison, "exact, edit_distance, tolerance, top1 or auto");
  command
      ->add_option("--fail-on", options->fail_on,
                   "Exit with 1 if an answer changed or is missing (against the other version, if there is one), a "
                   "sample failed, or "
                   "an answer is not the expected one: changed, failed, wrong")
      ->delimiter(',')
      ->check(CLI::IsMember({"changed", "failed", "wrong"}));
  command->add_option("--show", options->shown, "How many of those that differ to list")
      ->check(CLI::Range(0, 10000))
      ->capture_default_str();
  command->add_option("--report", options->report, "Write the result as JSON to this file");
  command->add_option("--html", options->html, "Write the result as a page to this file, with what was asked");
  command->callback([options, &exit_code] { exit_code = ReplaySamples(*options); });
}

}  // namespace huidu::cli
