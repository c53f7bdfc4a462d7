#include "rollout/testing/statistics.h"

#include <algorithm>
#include <map>

#include "rollout/engine.h"

namespace huidu::rollout {
namespace {

Policy OneStage(const Load& load) {
  Policy policy;
  policy.candidate = "v2";
  policy.rules = DefaultRules();
  Stage stage;
  stage.name = "share";
  stage.share = static_cast<uint32_t>(load.candidate_share * kWhole);
  stage.min_duration = std::chrono::minutes(load.minutes);
  policy.stages = {stage};
  policy.bake_time = Span(0);
  return policy;
}

struct Run {
  bool rolled_back = false;
  std::string rule;
  uint64_t requests = 0;
};

Run RunOnce(const Policy& policy, const Behaviour& candidate, const Load& load, Traffic& traffic) {
  static const Behaviour kStable = StableBehaviour();
  Run run;
  Input input;
  State state = Start(policy, input.now);
  while (!Ended(state.phase)) {
    input.now += policy.sampling_period;
    const double rate = load.requests_per_second;
    const bool running = state.phase == Phase::kRunning;
    const double share = running ? load.candidate_share : 0;
    input.stable = traffic.Draw(kStable, traffic.Poisson(rate * (1 - share)));
    input.candidate = running ? traffic.Draw(candidate, traffic.Poisson(rate * share)) : health::Period{};
    run.requests += input.candidate.requests;
    Step(policy, input, state);
  }
  run.rolled_back = state.phase == Phase::kRolledBack;
  if (run.rolled_back) run.rule = state.outcome->rule->rule;
  return run;
}

uint64_t At(const std::vector<uint64_t>& sorted, double q) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(q * static_cast<double>(sorted.size())))];
}

}  // namespace

Behaviour StableBehaviour() {
  return {.error_rate = 0.001, .latency = LogNormal(60, 200), .label_share = 0.5, .accuracy = 0.95};
}

std::vector<Scenario> Scenarios() {
  const Behaviour stable = StableBehaviour();
  std::vector<Scenario> scenarios = {{"good: the same as stable", true, stable},
                                     {"errors 0.1 % to 3 %", false, stable},
                                     {"all latencies x 2 (P99 200 ms to 400 ms)", false, stable},
                                     {"tail latencies: the same median, P99 x 2", false, stable},
                                     {"accuracy 95 % to 90 %", false, stable},
                                     {"fails always", false, stable}};
  scenarios[1].candidate.error_rate = 0.03;
  scenarios[2].candidate.latency = LogNormal(120, 400);
  scenarios[3].candidate.latency = LogNormal(60, 400);
  scenarios[4].candidate.accuracy = 0.90;
  scenarios[5].candidate.error_rate = 1;
  return scenarios;
}

Outcome Simulate(const Scenario& scenario, const Load& load, uint64_t rollouts, uint64_t seed) {
  const Policy policy = OneStage(load);
  Outcome outcome{.scenario = scenario.name, .good = scenario.good, .rollouts = rollouts};
  std::vector<uint64_t> requests;
  std::map<std::string, uint64_t> rules;
  for (uint64_t i = 0; i < rollouts; ++i) {
    Traffic traffic(seed * 1'000'003 + i);
    const Run run = RunOnce(policy, scenario.candidate, load, traffic);
    if (!run.rolled_back) continue;
    requests.push_back(run.requests);
    ++rules[run.rule];
  }
  std::sort(requests.begin(), requests.end());
  outcome.rolled_back = requests.size();
  outcome.median_requests = At(requests, 0.5);
  outcome.most_requests = At(requests, 0.95);
  uint64_t most = 0;
  for (const auto& [rule, count] : rules) {
    if (count > most) outcome.deciding_rule = rule, most = count;
  }
  return outcome;
}

}  // namespace huidu::rollout
