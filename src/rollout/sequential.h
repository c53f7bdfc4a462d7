#pragma once

#include <array>
#include <cstdint>

#include "health/metric.h"

// Tests that may be looked at after every request: the chance that they ever, at any look, call a good candidate bad is
// bounded (for LimitTest: the rate at which they do).
namespace huidu::rollout {

using health::Trials;

// Is a greater share of the candidate's events bad than of stable's? Both rates are unknown and may change with time
// (an outage that hits both alike is no evidence), as long as in each block of events
//     candidate's rate <= stable's rate + tolerance
// holds when the candidate is good.
//
// Each block multiplies the evidence by an e-value: the likelihood of the block if the candidate is worse, divided by
// its likelihood at the nearest point of the line above (Turner, Ly and Grünwald, "Generic E-variables for exact
// sequential k-sample tests", 2021; see also Lindon and Malek, "Anytime-valid inference for multinomial count data",
// 2022). How much worse is not known, so several alternatives are mixed (Robbins 1970). A candidate may turn bad at any
// time, so evidence is collected from every block on, each beginning with a part of the weight (Shin, Ramdas and
// Rinaldo, "E-detectors", 2023, here with weights that sum up to 1). By Ville's inequality (1939) the evidence of a
// good candidate ever exceeds 1/alpha with a chance of at most alpha.
//
// Runs on: one thread at a time.
// Lives:   a value; 100 bytes, however long it runs.
class TwoSampleTest {
 public:
  static constexpr size_t kAlternatives = 8;
  // One block (a stall, a burst of one user) adds at most this factor, because its events may depend on each other.
  static constexpr double kMaxFactor = 50;

  // A block of events that happened at the same time. Its extent must not depend on its outcomes.
  void Add(Trials candidate, Trials stable, double tolerance);
  // A change that may make the candidate worse (a new stage): gives `weight` to what begins with the next block. All
  // weights of a test together must be at most 1.
  void Begin(double weight);

  double evidence() const;
  // Whether anything was compared so far: both had events at the same time.
  bool compared() const { return compared_; }

  struct Saved {
    std::array<double, kAlternatives> evidence{};
    double weight = 0;
    uint64_t blocks = 0;
    bool compared = false;
    uint64_t stable_count = 0, stable_bad = 0;
    bool operator==(const Saved&) const = default;
  };
  Saved Save() const;
  static TwoSampleTest Restore(const Saved& saved);

  bool operator==(const TwoSampleTest& other) const { return Save() == other.Save(); }

 private:
  double StableRate() const;

  std::array<double, kAlternatives> evidence_{};
  double weight_ = 0;    // of the current beginning
  uint64_t blocks_ = 0;  // since then
  bool compared_ = false;
  Trials stable_;  // so far
};

// Is the share of the candidate's bad events above a limit, as when nearly all fail? For outright failure: fast, at any
// time, and also where stable has no traffic to compare with. A CUSUM of the likelihood of 90 % bad events against that
// of `limit`: where the true share is at the limit, it is called bad by mistake once in 1/alpha events on average or
// less (Page 1954; Shin, Ramdas and Rinaldo 2023), and much less where it is lower: for a limit of 20 % and an alpha of
// 1e-4 seven failures in a row do it.
//
// The limit rises with stable's own recent share, so that an outage that hits both is not the candidate's fault.
//
// Runs on: one thread at a time.
// Lives:   a value.
class LimitTest {
 public:
  void Add(Trials candidate, Trials stable, double limit);
  double evidence() const;

  struct Saved {
    double log_evidence = 0;
    double recent_count = 0, recent_bad = 0;
    bool operator==(const Saved&) const = default;
  };
  Saved Save() const { return saved_; }
  static LimitTest Restore(const Saved& saved);

  bool operator==(const LimitTest& other) const { return saved_ == other.saved_; }

 private:
  Saved saved_;
};

}  // namespace huidu::rollout
