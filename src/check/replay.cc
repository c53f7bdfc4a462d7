#include "check/replay.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "check/captured_answer.h"
#include "check/tested_version.h"

namespace huidu::check {
namespace {

// How much of an answer a report keeps; the sample itself is with the server.
constexpr size_t kMaxText = 4096;
// A version that dies at every sample is not worth more.
constexpr int kMaxCrashes = 5;
constexpr double kLoaded = 0.1;  // of the whole time, roughly

// A version that is loaded again after a crash: one sample's crash says nothing of the next one.
class ReplayingVersion {
 public:
  ReplayingVersion(const config::ModelConfig& model, ReplayedVersion& about) : model_(model), about_(about) {}

  absl::Status Load() {
    version_.reset();  // ends its workers before there are new ones
    HUIDU_ASSIGN_OR_RETURN(version_, TestedVersion::Load(model_, about_.directory));
    const front::VersionInfo info = version_->Info();
    about_.content_hash = info.content_hash;
    about_.engine = info.engine;
    return absl::OkStatus();
  }

  Answer Ask(const Sample& sample) {
    if (version_ == nullptr) return {.status = absl::UnavailableError("the version crashed and did not load again")};
    Answer answer = version_->Ask(sample);
    if (version_->crashed() && about_.crashes < kMaxCrashes) {
      ++about_.crashes;
      if (about_.crashes < kMaxCrashes) (void)Load();
    }
    return answer;
  }

 private:
  const config::ModelConfig& model_;
  ReplayedVersion& about_;
  std::unique_ptr<TestedVersion> version_;
};

Change ChangeOf(bool failed_before, bool failed_now, double agreement) {
  if (failed_before) return failed_now ? Change::kStillFails : Change::kAnsweredNow;
  if (failed_now) return Change::kFailsNow;
  return agreement >= 1 ? Change::kSame : Change::kChanged;
}

std::string CapturedText(const Sample& sample, const std::optional<Answer>& answer, const CompareOptions& options) {
  const std::string text = answer ? ShownText(*answer, options, kMaxText) : "";
  if (sample.error.empty()) return text;
  const std::string error(utf8::Shortened(StrCat("error: ", sample.error), kMaxText));
  return answer ? StrCat(error, "; ", sample.answered_by, " answered the user: ", text) : error;
}

ComparedAnswer CompareWithCaptured(const Sample& sample, const Answer& now, const CompareOptions& options) {
  const std::optional<Answer> answer = CapturedAnswer(sample);
  const bool failed = !sample.error.empty();
  ComparedAnswer captured{.text = CapturedText(sample, answer, options)};
  if (answer && now.status.ok()) captured.agreement = Agreement(now, *answer, options);
  if (answer || failed) captured.change = ChangeOf(failed, !now.status.ok(), captured.agreement);
  if (!sample.expected || (!answer && !failed)) return captured;
  captured.score = answer ? Score(*answer, *sample.expected, options) : 0;
  return captured;
}

ComparedAnswer CompareWithOther(const Sample& sample, const Answer& now, const Answer& other,
                                const CompareOptions& options) {
  ComparedAnswer compared{.text = ShownText(other, options, kMaxText)};
  if (now.status.ok() && other.status.ok()) compared.agreement = Agreement(now, other, options);
  compared.change = ChangeOf(!other.status.ok(), !now.status.ok(), compared.agreement);
  if (sample.expected) compared.score = Score(other, *sample.expected, options);
  return compared;
}

bool Right(const std::optional<double>& score) { return score && *score >= 1; }

void Count(const ReplayedSample& sample, ReplayTally& tally) {
  ++tally.samples;
  tally.failed += sample.failed;
  ++tally.captured.at(static_cast<size_t>(sample.captured.change));
  tally.as_the_user_got += sample.captured.change == Change::kAnsweredNow && sample.captured.agreement >= 1;
  tally.expected_known += sample.score.has_value();
  tally.right += Right(sample.score);
  tally.captured_known += sample.captured.score.has_value();
  tally.captured_right += Right(sample.captured.score);
  if (!sample.against) return;
  ++tally.against.at(static_cast<size_t>(sample.against->change));
  tally.against_right += Right(sample.against->score);
}

// 0: first in a list.
int Order(Change change) {
  switch (change) {
    case Change::kFailsNow: return 0;
    case Change::kChanged: return 1;
    case Change::kStillFails: return 2;
    case Change::kAnsweredNow: return 3;
    case Change::kNotKnown: return 4;
    case Change::kSame: return 5;
  }
  return 5;
}

// Samples of a kind that the model does not take are the data set's fault, and not each one's.
absl::Status Fits(const Answer& answer, const Dataset& dataset) {
  if (answer.status.ok() || !absl::StrContains(answer.status.message(), "the model takes tensors")) {
    return absl::OkStatus();
  }
  return Annotate(answer.status, StrCat(dataset.path, ":", dataset.samples[0].line));
}

absl::Status LoadFor(ReplayingVersion& version, const ReplayedVersion& about) {
  const absl::Status status = version.Load();
  return status.ok() ? status : Annotate(status, StrCat("the version in ", about.directory, " did not load"));
}

}  // namespace

std::string_view Name(Change change) {
  switch (change) {
    case Change::kSame: return "same";
    case Change::kChanged: return "changed";
    case Change::kAnsweredNow: return "answered_now";
    case Change::kFailsNow: return "fails_now";
    case Change::kStillFails: return "still_fails";
    case Change::kNotKnown: return "not_known";
  }
  return "";
}

ReplayedSample CompareReplayed(const Sample& sample, const Answer& now, const Answer* against,
                               const CompareOptions& options) {
  ReplayedSample replayed{.now = ShownText(now, options, kMaxText), .failed = !now.status.ok()};
  if (sample.expected) replayed.score = Score(now, *sample.expected, options);
  replayed.captured = CompareWithCaptured(sample, now, options);
  if (against != nullptr) replayed.against = CompareWithOther(sample, now, *against, options);
  return replayed;
}

absl::StatusOr<ReplayResult> Replay(const ReplayOptions& options, const Dataset& dataset, const Progress& progress) {
  const TimePoint start = Now();
  ReplayResult result{.model = options.model.name, .dataset = dataset.path, .dataset_sha256 = dataset.sha256};
  result.time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
  result.compare = options.compare;
  result.version.directory = options.version;
  ReplayingVersion version(options.model, result.version);
  progress(StrCat("loading ", options.version), 0);
  HUIDU_RETURN_IF_ERROR(LoadFor(version, result.version));
  std::optional<ReplayingVersion> against;
  if (!options.against.empty()) {
    result.against = ReplayedVersion{.directory = options.against};
    progress(StrCat("loading ", options.against), kLoaded / 2);
    HUIDU_RETURN_IF_ERROR(LoadFor(against.emplace(options.model, *result.against), *result.against));
  }
  const size_t count = dataset.samples.size();
  for (size_t i = 0; i < count; ++i) {
    progress(StrCat(i, " of ", count, " samples"),
             kLoaded + (1 - kLoaded) * static_cast<double>(i) / static_cast<double>(count));
    const Answer now = version.Ask(dataset.samples[i]);
    if (i == 0) HUIDU_RETURN_IF_ERROR(Fits(now, dataset));
    const Answer other = against ? against->Ask(dataset.samples[i]) : Answer();
    result.samples.push_back(CompareReplayed(dataset.samples[i], now, against ? &other : nullptr, options.compare));
    result.samples.back().sample = i;
  }
  progress("done", 1);
  result.seconds = std::chrono::duration<double>(Now() - start).count();
  return result;
}

ReplayTally TallyOf(const ReplayResult& result) {
  ReplayTally tally;
  for (const ReplayedSample& sample : result.samples) Count(sample, tally);
  return tally;
}

std::map<std::string, ReplayTally> TallyByReason(const Dataset& dataset, const ReplayResult& result) {
  std::map<std::string, ReplayTally> tallies;
  for (const ReplayedSample& sample : result.samples) Count(sample, tallies[dataset.samples[sample.sample].category]);
  return tallies;
}

const ComparedAnswer& MainComparison(const ReplayedSample& sample) {
  return sample.against ? *sample.against : sample.captured;
}

std::vector<const ReplayedSample*> Differing(const ReplayResult& result) {
  std::vector<const ReplayedSample*> differing;
  for (const ReplayedSample& sample : result.samples) {
    if (MainComparison(sample).change != Change::kSame) differing.push_back(&sample);
  }
  std::stable_sort(differing.begin(), differing.end(), [](const ReplayedSample* a, const ReplayedSample* b) {
    const ComparedAnswer &left = MainComparison(*a), &right = MainComparison(*b);
    return std::pair(Order(left.change), left.agreement) < std::pair(Order(right.change), right.agreement);
  });
  return differing;
}

}  // namespace huidu::check
