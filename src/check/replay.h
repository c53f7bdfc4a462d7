#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "check/answer.h"
#include "check/dataset.h"
#include "check/run.h"
#include "config/config.h"

// Samples that a server has kept, through another version: what changed since then, and against a second version.
namespace huidu::check {

struct ReplayOptions {
  config::ModelConfig model;  // engine, device, instances and warm-up of both versions; the name
  std::string version;        // version folders, absolute
  std::string against;        // empty: none
  CompareOptions compare;
};

// What became of a sample, by what was answered before or by the other version.
enum class Change { kSame, kChanged, kAnsweredNow, kFailsNow, kStillFails, kNotKnown };
inline constexpr size_t kChanges = 6;
std::string_view Name(Change change);  // "answered_now"

// An answer that the version's is compared with.
struct ComparedAnswer {
  std::string text;  // or "error: …"
  Change change = Change::kNotKnown;
  double agreement = 0;         // with the version's answer, if both answered; else 0
  std::optional<double> score;  // how right it is; empty: not known
};

struct ReplayedSample {
  size_t sample = 0;  // in the data set
  std::string now;    // the version's answer, or "error: …"
  bool failed = false;
  std::optional<double> score;
  ComparedAnswer captured;                // what the user got
  std::optional<ComparedAnswer> against;  // the other version's
};

struct ReplayedVersion {
  std::string name;  // as it was asked for
  std::string directory, content_hash, engine;
  int crashes = 0;
};

using NotSent = std::map<std::string, std::vector<std::string>>;  // ids by why

struct ReplayResult {
  std::string model;
  std::string dataset, dataset_sha256;
  std::string time;  // UTC, of the beginning
  double seconds = 0;
  CompareOptions compare;
  ReplayedVersion version;
  std::optional<ReplayedVersion> against;
  std::vector<ReplayedSample> samples;  // in the data set's order
  NotSent not_sent;
};

// Loads the versions in workers of their own and asks each sample of both, one at a time. A version that crashes at a
// sample is loaded again for the next one, a few times. Nothing goes to a server. Blocks for minutes.
// Errors: a version that does not load (which one, and why), a data set whose samples do not fit the model (the line).
absl::StatusOr<ReplayResult> Replay(const ReplayOptions& options, const Dataset& dataset, const Progress& progress);

// One sample, from the answers to it. Pure. `against` null: there is no other version.
ReplayedSample CompareReplayed(const Sample& sample, const Answer& now, const Answer* against,
                               const CompareOptions& options);

// Sums over all samples, or those of one reason.
struct ReplayTally {
  size_t samples = 0;
  std::array<size_t, kChanges> captured{}, against{};  // by Change
  size_t as_the_user_got = 0;                          // of kAnsweredNow: as another version answered the user then
  // Of those whose right answer is known. What the user got is not known of all of them.
  size_t expected_known = 0, right = 0, captured_known = 0, captured_right = 0, against_right = 0;
  size_t failed = 0;
};
ReplayTally TallyOf(const ReplayResult& result);
std::map<std::string, ReplayTally> TallyByReason(const Dataset& dataset, const ReplayResult& result);

// What a sample is judged by first: the other version's answer if there is one, else what the user got.
const ComparedAnswer& MainComparison(const ReplayedSample& sample);

// Those that are not the same, worst first: that fail now, that changed, that still fail, that are answered now, and
// then those of which nothing is known.
std::vector<const ReplayedSample*> Differing(const ReplayResult& result);

// For machines; docs/samples.md says what it holds.
std::string ReplayJson(const Dataset& dataset, const ReplayResult& result);
// For people: one HTML file without anything from elsewhere, with the samples that differ and their pictures.
std::string ReplayHtml(const Dataset& dataset, const ReplayResult& result);

}  // namespace huidu::check
