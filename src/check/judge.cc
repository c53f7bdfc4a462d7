#include "check/judge.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "base/strings.h"

namespace huidu::check {
namespace {

// The scores of one version and of the difference, of all samples or of one category.
struct Scores {
  std::vector<Weighted> candidate, baseline, difference;
};

std::string Percent(double share) { return absl::StrFormat("%.2f %%", share * 100); }

class Judgement {
 public:
  explicit Judgement(const CheckResult& result) : result_(result), limits_(result.limits) {}

  std::vector<Verdict> Take() {
    Failures();
    Accuracy("", result_.candidate.accuracy, limits_.min_accuracy);
    if (result_.baseline) Drop("", result_.accuracy_difference, limits_.max_accuracy_drop);
    for (const CategoryLimits& category : limits_.categories) Category(category);
    if (limits_.min_agreement) Agreement();
    Compared();
    for (size_t i = 0; i < result_.candidate.loads.size(); ++i) Load(i);
    Memory();
    if (limits_.max_load_seconds) {
      Add("load_seconds", "", result_.candidate.load_seconds, *limits_.max_load_seconds, /*at_most=*/true,
          absl::StrFormat("loaded in %.1f s", result_.candidate.load_seconds));
    }
    return std::move(verdicts_);
  }

 private:
  void Add(std::string rule, std::string about, double figure, double limit, bool at_most, std::string text) {
    const bool good = at_most ? figure <= limit : figure >= limit;
    verdicts_.push_back(
        {std::move(rule), std::move(about), good ? State::kPassed : State::kFailed, figure, limit, std::move(text)});
  }
  void NoData(std::string rule, std::string about, double limit, std::string text) {
    verdicts_.push_back({std::move(rule), std::move(about), State::kNoData, 0, limit, std::move(text)});
  }

  void Failures() {
    const auto failed = static_cast<double>(
        std::count_if(result_.samples.begin(), result_.samples.end(), [&](const SampleResult& sample) {
          return sample.candidate_failed && !(result_.baseline && sample.baseline_failed);
        }));
    Add("failed", "", failed, limits_.max_failed, /*at_most=*/true,
        absl::StrFormat("%.0f samples failed on the candidate%s", failed, result_.baseline ? " only" : ""));
    Add("crashed", "", result_.candidate.crashed, 0, /*at_most=*/true,
        result_.candidate.crashed ? "a worker of the candidate died" : "no worker died");
    if (result_.baseline && result_.baseline->crashed) {
      NoData("baseline", "", 0,
             "a worker of the baseline died: there is nothing to compare with. Give a baseline that works, or none");
    }
    // Where each sample alone is answered, many at a time must be too.
    double under_load = 0;
    for (const LoadResult& load : result_.candidate.loads) under_load += static_cast<double>(load.failed);
    if (result_.candidate.failed > 0 || result_.candidate.loads.empty()) return;
    Add("failed_under_load", "", under_load, limits_.max_failed, /*at_most=*/true,
        absl::StrFormat("%.0f requests failed under load, of samples that were answered alone", under_load));
  }

  // Without this a candidate would pass for answering at all.
  void Compared() {
    const bool judged = std::any_of(verdicts_.begin(), verdicts_.end(), [](const Verdict& verdict) {
      return verdict.rule == "accuracy" || verdict.rule == "accuracy_drop" || verdict.rule == "agreement";
    });
    if (!judged) NoData("comparison", "", 1, WhyNotCompared());
  }

  std::string WhyNotCompared() const {
    const uint64_t labelled = result_.Labelled();
    if (!result_.baseline && labelled == 0) {
      return "no answer was compared with anything: give a --baseline, or a data set with expected answers";
    }
    if (!result_.baseline) {
      return "nothing says how many answers must be right: give a --baseline, or min_accuracy in --limits";
    }
    if (labelled == 0) {
      return "nothing says how many answers must be the baseline's: give min_agreement in --limits, or a data set with "
             "expected answers";
    }
    return StrCat("both versions answered too few samples with an expected answer: at most ", labelled,
                  " of min_samples ", limits_.min_samples);
  }

  void Accuracy(const std::string& about, const std::optional<Estimate>& accuracy, std::optional<double> least) {
    if (!least) return;
    if (!accuracy || accuracy->samples < limits_.min_samples) {
      return NoData("accuracy", about, *least, StrCat("too few samples with an expected answer"));
    }
    Add("accuracy", about, accuracy->value, *least, /*at_most=*/false,
        StrCat(Percent(accuracy->value), " right (95 %: ", Percent(accuracy->low), " to ", Percent(accuracy->high),
               ")"));
  }

  void Drop(const std::string& about, const std::optional<Estimate>& difference, std::optional<double> most) {
    if (!most) return;
    if (!difference || difference->samples < limits_.min_samples) {
      // By default nothing is asked of a data set without labels; a category that is named is asked for.
      if (!about.empty()) NoData("accuracy_drop", about, *most, "too few samples with an expected answer");
      return;
    }
    Add("accuracy_drop", about, 0 - difference->value, *most, /*at_most=*/true,
        absl::StrFormat("%+.2f points against the baseline (95 %%: %+.2f to %+.2f)", difference->value * 100,
                        difference->low * 100, difference->high * 100));
  }

  void Category(const CategoryLimits& category) {
    const auto& accuracy = result_.candidate.accuracy_by_category;
    const auto found = accuracy.find(category.category);
    Accuracy(category.category, found == accuracy.end() ? std::nullopt : std::optional(found->second),
             category.min_accuracy);
    if (!result_.baseline) return;
    const auto difference = result_.difference_by_category.find(category.category);
    Drop(category.category,
         difference == result_.difference_by_category.end() ? std::nullopt : std::optional(difference->second),
         category.max_accuracy_drop);
  }

  void Agreement() {
    if (!result_.agreement) return NoData("agreement", "", *limits_.min_agreement, "there is no baseline");
    Add("agreement", "", result_.agreement->value, *limits_.min_agreement, /*at_most=*/false,
        StrCat(Percent(result_.agreement->value), " the same as the baseline"));
  }

  void Load(size_t i) {
    const LoadResult& candidate = result_.candidate.loads[i];
    const std::string about = StrCat(candidate.callers, candidate.callers == 1 ? " caller" : " callers");
    const double p99 = candidate.Milliseconds(0.99);
    if (limits_.max_p99_ms && candidate.requests == 0) {
      NoData("p99_ms", about, *limits_.max_p99_ms, "nothing was answered under load");
    } else if (limits_.max_p99_ms) {
      Add("p99_ms", about, p99, *limits_.max_p99_ms, /*at_most=*/true, absl::StrFormat("P99 %.2f ms", p99));
    }
    if (!result_.baseline || i >= result_.baseline->loads.size()) return;
    const LoadResult& baseline = result_.baseline->loads[i];
    if (candidate.requests == 0 || baseline.requests == 0) {
      NoData("p99_ratio", about, limits_.max_p99_ratio, "nothing was answered under load");
      return NoData("qps_ratio", about, limits_.min_qps_ratio, "nothing was answered under load");
    }
    const double before = baseline.Milliseconds(0.99);
    Add("p99_ratio", about, p99 / before, limits_.max_p99_ratio, /*at_most=*/true,
        absl::StrFormat("P99 %.2f ms, baseline %.2f ms", p99, before));
    Add("qps_ratio", about, candidate.Qps() / baseline.Qps(), limits_.min_qps_ratio, /*at_most=*/false,
        absl::StrFormat("%.1f requests/s, baseline %.1f", candidate.Qps(), baseline.Qps()));
  }

  void Memory() {
    const auto& growth = result_.candidate.memory_growth;
    if (!growth) {
      return NoData(
          "memory_growth", "", limits_.max_memory_growth_mb,
          result_.candidate.crashed ? "a worker died before it was measured" : "memory was measured too few times");
    }
    Add("memory_growth", "", growth->low, limits_.max_memory_growth_mb, /*at_most=*/true,
        absl::StrFormat("%+.2f MiB for 1,000 requests (between %+.2f and %+.2f)", growth->per_minute, growth->low,
                        growth->high));
  }

  const CheckResult& result_;
  const Limits& limits_;
  std::vector<Verdict> verdicts_;
};

}  // namespace

bool CheckResult::Passed() const {
  return std::all_of(verdicts.begin(), verdicts.end(),
                     [](const Verdict& verdict) { return verdict.state == State::kPassed; });
}

uint64_t CheckResult::Labelled() const {
  return static_cast<uint64_t>(std::count_if(
      samples.begin(), samples.end(), [](const SampleResult& sample) { return sample.candidate_score.has_value(); }));
}

void Summarize(const Dataset& dataset, CheckResult& result) {
  std::map<std::string, Scores> by_category;
  Scores all;
  std::vector<Weighted> agreement;
  for (const SampleResult& sample : result.samples) {
    const Sample& source = dataset.samples[sample.sample];
    result.candidate.failed += sample.candidate_failed;
    if (result.baseline) {
      result.baseline->failed += sample.baseline_failed;
      agreement.push_back({sample.agreement, source.weight});
    }
    if (!sample.candidate_score) continue;
    for (Scores* scores : {&all, &by_category[source.category]}) {
      scores->candidate.push_back({*sample.candidate_score, source.weight});
      if (!sample.baseline_score) continue;
      scores->baseline.push_back({*sample.baseline_score, source.weight});
      scores->difference.push_back({*sample.candidate_score - *sample.baseline_score, source.weight});
    }
  }
  if (!all.candidate.empty()) result.candidate.accuracy = Mean(all.candidate);
  if (!all.difference.empty()) result.accuracy_difference = MeanDifference(all.difference);
  if (!agreement.empty()) result.agreement = Mean(agreement);
  if (result.baseline && !all.baseline.empty()) result.baseline->accuracy = Mean(all.baseline);
  for (const auto& [category, scores] : by_category) {
    if (category.empty()) continue;
    result.candidate.accuracy_by_category[category] = Mean(scores.candidate);
    if (scores.difference.empty()) continue;
    result.baseline->accuracy_by_category[category] = Mean(scores.baseline);
    result.difference_by_category[category] = MeanDifference(scores.difference);
  }
}

std::vector<Verdict> Judge(const CheckResult& result) { return Judgement(result).Take(); }

}  // namespace huidu::check
