#include "rollout/sequential.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace huidu::rollout {
namespace {

// How many times greater the odds of a bad event may be: what a worse candidate is compared as.
constexpr std::array<double, TwoSampleTest::kAlternatives> kOddsRatios = {1.4, 1.8, 2.5, 4, 8, 20, 80, 400};
// Before so many events of stable its rate is a guess, and evidence would be noise.
constexpr uint64_t kMinStable = 50;
// Older events count half from here on, so that the guess of stable's rate follows the day.
constexpr uint64_t kForgetAt = 200'000;
constexpr double kMinRate = 1e-5;
constexpr double kMaxRate = 0.999;

double AsRate(double rate) { return std::clamp(rate, kMinRate, kMaxRate); }

double TimesOdds(double rate, double ratio) { return AsRate(ratio * rate / (1 - rate + ratio * rate)); }

// The point (x + tolerance, x) from which the block is least surprising when in truth it is (candidate, stable): the
// root of the derivative of the sum of both Kullback-Leibler divergences, which rises from `stable` to
// `candidate - tolerance`. Found by regula falsi in its Illinois form.
double NearestNull(double candidate, double stable, double candidates, double stables, double tolerance) {
  const auto slope = [&](double x) {
    const double c = x + tolerance;
    return candidates * (c - candidate) / (c * (1 - c)) + stables * (x - stable) / (x * (1 - x));
  };
  double low = stable, high = candidate - tolerance;
  double at_low = slope(low), at_high = slope(high);
  double x = low;
  for (int i = 0, side = 0; i < 60 && high - low > 1e-12; ++i) {
    x = (low * at_high - high * at_low) / (at_high - at_low);
    const double at_x = slope(x);
    if (std::abs(at_x) < 1e-9 * (candidates + stables)) break;
    if (at_x < 0) {
      low = x, at_low = at_x;
      if (side == -1) at_high /= 2;
      side = -1;
    } else {
      high = x, at_high = at_x;
      if (side == 1) at_low /= 2;
      side = 1;
    }
  }
  return x;
}

double LogRatio(Trials seen, double rate, double null_rate) {
  const auto bad = static_cast<double>(seen.bad);
  const auto good = static_cast<double>(seen.count - seen.bad);
  return bad * std::log(rate / null_rate) + good * std::log((1 - rate) / (1 - null_rate));
}

double Factor(Trials candidate, Trials stable, double rate, double stable_rate, double tolerance) {
  if (rate - tolerance <= stable_rate) return 1;
  const double null_rate = NearestNull(rate, stable_rate, static_cast<double>(candidate.count),
                                       static_cast<double>(stable.count), tolerance);
  const double log_factor = LogRatio(candidate, rate, null_rate + tolerance) + LogRatio(stable, stable_rate, null_rate);
  return std::min(std::exp(log_factor), TwoSampleTest::kMaxFactor);
}

}  // namespace

void TwoSampleTest::Begin(double weight) {
  weight_ = weight;
  blocks_ = 0;
}

void TwoSampleTest::Add(Trials candidate, Trials stable, double tolerance) {
  if (candidate.count > 0 && stable.count > 0 && stable_.count >= kMinStable) {
    ++blocks_;
    compared_ = true;
    const auto block = static_cast<double>(blocks_);
    const double begins = weight_ / (block * (block + 1)) / kAlternatives;  // sums up to the weight
    const double stable_rate = StableRate();
    for (size_t i = 0; i < kAlternatives; ++i) {
      const double rate = TimesOdds(AsRate(stable_rate + tolerance), kOddsRatios[i]);
      evidence_[i] = (evidence_[i] + begins) * Factor(candidate, stable, rate, stable_rate, tolerance);
    }
  }
  stable_.count += stable.count;
  stable_.bad += stable.bad;
  if (stable_.count > kForgetAt) {
    stable_.count /= 2;
    stable_.bad /= 2;
  }
}

double TwoSampleTest::StableRate() const {
  return AsRate((static_cast<double>(stable_.bad) + 0.5) / (static_cast<double>(stable_.count) + 1));
}

double TwoSampleTest::evidence() const { return std::accumulate(evidence_.begin(), evidence_.end(), 0.0); }

TwoSampleTest::Saved TwoSampleTest::Save() const {
  return {evidence_, weight_, blocks_, compared_, stable_.count, stable_.bad};
}

TwoSampleTest TwoSampleTest::Restore(const Saved& saved) {
  TwoSampleTest test;
  test.evidence_ = saved.evidence;
  test.weight_ = saved.weight;
  test.blocks_ = saved.blocks;
  test.compared_ = saved.compared;
  test.stable_ = {saved.stable_count, saved.stable_bad};
  return test;
}

namespace {

constexpr double kFailingRate = 0.9;
// Stable's recent share is that of about so many of its last events.
constexpr double kRecentEvents = 200;
// With stable that bad there is nothing to find out.
constexpr double kHighestLimit = 0.7;

}  // namespace

void LimitTest::Add(Trials candidate, Trials stable, double limit) {
  saved_.recent_count += static_cast<double>(stable.count);
  saved_.recent_bad += static_cast<double>(stable.bad);
  const double recent_rate = saved_.recent_count > 0 ? saved_.recent_bad / saved_.recent_count : 0;
  if (saved_.recent_count > kRecentEvents) {
    saved_.recent_bad *= kRecentEvents / saved_.recent_count;
    saved_.recent_count = kRecentEvents;
  }
  const double null_rate = std::max(kMinRate, recent_rate + limit);
  if (null_rate > kHighestLimit) return;
  saved_.log_evidence = std::max(0.0, saved_.log_evidence + LogRatio(candidate, kFailingRate, null_rate));
}

double LimitTest::evidence() const { return std::exp(std::min(saved_.log_evidence, 700.0)); }

LimitTest LimitTest::Restore(const Saved& saved) {
  LimitTest test;
  test.saved_ = saved;
  return test;
}

}  // namespace huidu::rollout
