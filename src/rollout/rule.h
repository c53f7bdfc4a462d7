#pragma once

#include <map>

#include "rollout/policy.h"
#include "rollout/state.h"

namespace huidu::rollout {

// What the rules of one step look at. Figures over the same time are summed up once.
//
// Runs on: one thread at a time.
// Lives:   for one step; borrows the windows, which must not change meanwhile.
class Evidence {
 public:
  Evidence(const health::Window& stable, const health::Window& candidate, const Baselines& baselines)
      : stable_(stable), candidate_(candidate), baselines_(baselines) {}

  const health::Figures& Stable(Span window) { return Get(stable_, window, stable_cache_); }
  const health::Figures& Candidate(Span window) { return Get(candidate_, window, candidate_cache_); }
  // Stable's latencies since the rollout began.
  const health::LatencyHistogram& stable_latency() const { return stable_.total().latency; }
  const Baselines& baselines() const { return baselines_; }

  health::Period stable_step, candidate_step;  // since the last step
  bool whole = false;                          // a sampling period became whole: these two
  health::Period stable_period, candidate_period;

 private:
  using Cache = std::map<Span, health::Figures>;
  static const health::Figures& Get(const health::Window& window, Span span, Cache& cache);

  const health::Window& stable_;
  const health::Window& candidate_;
  const Baselines& baselines_;
  Cache stable_cache_, candidate_cache_;
};

// Takes in what happened and leaves the verdict in `state.status`.
void UpdateRule(const Rule& rule, Evidence& evidence, RuleState& state);

// A new stage begins (or the bake) in a rollout that has so many of them: the rule wants data of its own for it.
void BeginStage(const Rule& rule, size_t stages, RuleState& state);

}  // namespace huidu::rollout
