#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rollout/policy.h"
#include "rollout/testing/traffic.h"

// How often the default rules are right: many simulated rollouts of one kind of candidate.
namespace huidu::rollout {

struct Scenario {
  std::string name;
  bool good = false;
  Behaviour candidate;
};

struct Load {
  double requests_per_second = 500;  // of both versions
  double candidate_share = 0.01;
  int minutes = 20;
};

struct Outcome {
  std::string scenario;
  bool good = false;
  uint64_t rollouts = 0;
  uint64_t rolled_back = 0;
  // Candidate requests until then.
  uint64_t median_requests = 0, most_requests = 0;  // 50 %, 95 %
  std::string deciding_rule;                        // the one that decided most often
};

// Stable: 0.1 % errors, median 60 ms, P99 200 ms, 95 % right answers, of which half the requests tell.
Behaviour StableBehaviour();
// A good candidate, and each way of being bad that the rules must see.
std::vector<Scenario> Scenarios();
Outcome Simulate(const Scenario& scenario, const Load& load, uint64_t rollouts, uint64_t seed);

}  // namespace huidu::rollout
