// huidu-bench-rollout: how often the default rules roll back good and bad candidates, as a table in Markdown.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "rollout/testing/statistics.h"

int main(int argc, char** argv) {
  using namespace huidu::rollout;
  uint64_t rollouts = 10'000, seed = 1;
  Load load;
  CLI::App app("Simulates rollouts with the default rules and prints how often they are right");
  app.add_option("--rollouts", rollouts, "how many of each kind")->capture_default_str();
  app.add_option("--requests-per-second", load.requests_per_second, "of both versions")->capture_default_str();
  app.add_option("--share", load.candidate_share, "of the candidate")
      ->capture_default_str()
      ->check(CLI::Range(1e-4, 0.99));
  app.add_option("--minutes", load.minutes, "that a rollout lasts")->capture_default_str();
  app.add_option("--seed", seed, "for other random numbers")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::printf("| candidate | rollouts | rolled back | candidate requests until then: median | 95 %% | decided by |\n");
  std::printf("| --- | --- | --- | --- | --- | --- |\n");
  bool as_promised = true;
  for (const Scenario& scenario : Scenarios()) {
    const Outcome outcome = Simulate(scenario, load, rollouts, seed);
    const double part = static_cast<double>(outcome.rolled_back) / static_cast<double>(std::max<uint64_t>(1, rollouts));
    as_promised &= outcome.good ? part <= 0.01 : part >= 0.99;
    std::printf("| %s | %lu | %lu (%.2f %%) | %lu | %lu | %s |\n", outcome.scenario.c_str(), outcome.rollouts,
                outcome.rolled_back, part * 100, outcome.median_requests, outcome.most_requests,
                outcome.deciding_rule.c_str());
    std::fflush(stdout);
  }
  return as_promised ? 0 : 1;
}
