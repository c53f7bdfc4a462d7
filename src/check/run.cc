#include "check/run.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/strings.h"
#include "check/judge.h"
#include "check/tested_version.h"

namespace huidu::check {
namespace {

// Of the whole time, roughly.
constexpr double kLoaded = 0.05, kAnswered = 0.4, kMeasured = 0.9;

// How much of an answer a report keeps.
constexpr size_t kMaxText = 64 * 1024;

class Runner {
 public:
  Runner(const RunOptions& options, const Dataset& dataset, const Progress& progress)
      : options_(options), dataset_(dataset), progress_(progress) {}

  absl::StatusOr<CheckResult> Run() {
    const TimePoint start = Now();
    result_.model = options_.model.name;
    result_.dataset = dataset_.path;
    result_.dataset_sha256 = dataset_.sha256;
    result_.time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
    result_.compare = options_.compare;
    result_.limits = options_.limits;
    HUIDU_RETURN_IF_ERROR(LoadBoth());
    HUIDU_RETURN_IF_ERROR(CheckFit());
    AnswerAll();
    MeasureLoads();
    MeasureMemory();
    result_.candidate.crashed = candidate_->crashed();
    if (baseline_ != nullptr) result_.baseline->crashed = baseline_->crashed();
    Summarize(dataset_, result_);
    result_.verdicts = Judge(result_);
    result_.seconds = std::chrono::duration<double>(Now() - start).count();
    progress_("done", 1);
    return std::move(result_);
  }

 private:
  absl::Status LoadBoth() {
    progress_("loading the candidate", 0);
    HUIDU_ASSIGN_OR_RETURN(candidate_, LoadOne("candidate", options_.candidate, result_.candidate));
    if (options_.baseline.empty()) return absl::OkStatus();
    progress_("loading the baseline", kLoaded / 2);
    HUIDU_ASSIGN_OR_RETURN(baseline_, LoadOne("baseline", options_.baseline, result_.baseline.emplace()));
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<TestedVersion>> LoadOne(const char* which, const std::string& directory,
                                                         VersionResult& about) {
    auto version = TestedVersion::Load(options_.model, directory);
    if (!version.ok()) return Annotate(version.status(), StrCat("the ", which, " did not load"));
    const front::VersionInfo info = (*version)->Info();
    about.directory = directory;
    about.content_hash = info.content_hash;
    about.engine = info.engine;
    about.load_seconds = info.load_seconds;
    about.warmup_seconds = info.warmup_seconds;
    return version;
  }

  // Samples of a kind that the model does not take are the data set's fault, and not each one's.
  absl::Status CheckFit() {
    const Answer answer = candidate_->Ask(dataset_.samples[0]);
    const bool fits =
        answer.status.ok() || answer.status.message().find("the model takes tensors") == std::string::npos;
    return fits ? absl::OkStatus() : Annotate(answer.status, StrCat(dataset_.path, ":", dataset_.samples[0].line));
  }

  // Every sample by both, several at a time.
  void AnswerAll() {
    result_.samples.resize(dataset_.samples.size());
    std::atomic<size_t> next{0}, done{0};
    const auto work = [&] {
      for (size_t i = next++; i < dataset_.samples.size(); i = next++, ++done) AnswerOne(i);
    };
    std::vector<std::thread> others(static_cast<size_t>(std::max(1, options_.callers.back())));
    for (std::thread& other : others) other = std::thread(work);
    while (done < dataset_.samples.size()) {
      const double share = static_cast<double>(done) / static_cast<double>(dataset_.samples.size());
      progress_(absl::StrFormat("%d of %d samples", done.load(), dataset_.samples.size()),
                kLoaded + share * (kAnswered - kLoaded));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    for (std::thread& other : others) other.join();
  }

  void AnswerOne(size_t i) {
    const Sample& sample = dataset_.samples[i];
    SampleResult& result = result_.samples[i];
    result.sample = i;
    const Answer candidate = candidate_->Ask(sample);
    result.candidate = ShownText(candidate, options_.compare, kMaxText);
    result.candidate_failed = !candidate.status.ok();
    if (sample.expected) result.candidate_score = Score(candidate, *sample.expected, options_.compare);
    if (baseline_ == nullptr) return;
    const Answer baseline = baseline_->Ask(sample);
    result.baseline = ShownText(baseline, options_.compare, kMaxText);
    result.baseline_failed = !baseline.status.ok();
    if (sample.expected) result.baseline_score = Score(baseline, *sample.expected, options_.compare);
    result.agreement = Agreement(candidate, baseline, options_.compare);
  }

  // By turns, and the one that begins changes, so that what else happens on the machine falls on both.
  void MeasureLoads() {
    const int steps = static_cast<int>(options_.callers.size()) * options_.rounds;
    for (size_t c = 0; c < options_.callers.size(); ++c) {
      const int callers = options_.callers[c];
      result_.candidate.loads.push_back({.callers = callers});
      if (baseline_ != nullptr) result_.baseline->loads.push_back({.callers = callers});
      for (int round = 0; round < options_.rounds; ++round) {
        const int step = static_cast<int>(c) * options_.rounds + round;
        progress_(absl::StrFormat("%d %s, round %d of %d", callers, callers == 1 ? "caller" : "callers", round + 1,
                                  options_.rounds),
                  kAnswered + (kMeasured - kAnswered) * step / steps);
        MeasureTurns(c, round % 2 == 0);
      }
    }
  }

  // The one that begins asks as many samples as the time allows, the other one the very same.
  void MeasureTurns(size_t c, bool candidate_begins) {
    LoadResult& candidate = result_.candidate.loads[c];
    const size_t first = candidate.requests;
    if (candidate_->crashed() || (baseline_ != nullptr && baseline_->crashed())) return;
    if (baseline_ == nullptr) {
      MeasureRound(*candidate_, candidate, first, 0);
      return;
    }
    LoadResult& baseline = result_.baseline->loads[c];
    if (candidate_begins) {
      MeasureRound(*baseline_, baseline, first, MeasureRound(*candidate_, candidate, first, 0));
    } else {
      MeasureRound(*candidate_, candidate, first, MeasureRound(*baseline_, baseline, first, 0));
    }
  }

  // Asks `count` samples from `first` on; 0: until the round's time is over. Gives how many were asked.
  size_t MeasureRound(TestedVersion& version, LoadResult& load, size_t first, size_t count) {
    const TimePoint start = Now(), end = count > 0 ? TimePoint::max() : start + options_.round_time;
    if (count == 0) count = std::numeric_limits<size_t>::max();
    std::atomic<size_t> next{0};
    std::vector<LoadResult> parts(static_cast<size_t>(load.callers));
    std::vector<std::thread> callers;
    for (LoadResult& part : parts) {
      callers.emplace_back([&] {
        while (Now() < end && !version.crashed()) {
          const size_t i = next++;
          if (i >= count) return;
          uint64_t took = 0;
          part.failed += !version.Ask(dataset_.samples[(first + i) % dataset_.samples.size()], &took).status.ok();
          part.latency.Record(took);
          ++part.requests;
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    load.seconds += std::chrono::duration<double>(Now() - start).count();
    size_t asked = 0;
    for (const LoadResult& part : parts) {
      asked += part.requests;
      load.failed += part.failed;
      load.latency.Merge(part.latency);
    }
    load.requests += asked;
    return asked;
  }

  // Of the candidate alone, after all that it has answered before: what an engine takes at first is not growth.
  void MeasureMemory() {
    std::vector<health::GaugeSample> samples;
    uint64_t asked = 0;
    for (int point = 0; point < options_.memory_points && !candidate_->crashed(); ++point) {
      progress_("memory", kMeasured + (1 - kMeasured) * point / options_.memory_points);
      result_.candidate.memory.push_back({asked, candidate_->ResidentMb()});
      // A time line on which a minute is 1,000 requests.
      samples.push_back({health::Span(std::chrono::milliseconds(asked * 60)), result_.candidate.memory.back().mb});
      const TimePoint end = Now() + options_.round_time;
      for (int i = 0; i < options_.requests_between_points && (i == 0 || Now() < end); ++i, ++asked) {
        candidate_->Ask(dataset_.samples[asked % dataset_.samples.size()]);
      }
    }
    result_.candidate.memory_growth = health::RobustSlope(samples, health::Span(0));
  }

  const RunOptions& options_;
  const Dataset& dataset_;
  const Progress& progress_;
  std::unique_ptr<TestedVersion> candidate_, baseline_;
  CheckResult result_;
};

}  // namespace

absl::StatusOr<CheckResult> Run(const RunOptions& options, const Dataset& dataset, const Progress& progress) {
  return Runner(options, dataset, progress).Run();
}

}  // namespace huidu::check
