#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "health/period.h"

// Made-up traffic for tests and for the statistics of the rules: the same on every machine for the same seed.
namespace huidu::rollout {

// How one version answers.
struct Behaviour {
  double error_rate = 0.001;
  // Buckets of the latency histogram with their shares; LogNormal() makes them.
  std::vector<std::pair<size_t, double>> latency;
  double label_share = 0;  // of the requests that get feedback
  double accuracy = 1;
};

// A log-normal distribution by its median and P99, in some 50 slices that are finer in the tail.
std::vector<std::pair<size_t, double>> LogNormal(double median_ms, double p99_ms);

// Runs on: one thread at a time.
// Lives:   a value.
class Traffic {
 public:
  explicit Traffic(uint64_t seed) : random_(seed) {}

  // What happens to so many requests.
  health::Period Draw(const Behaviour& behaviour, uint64_t requests);

  double Uniform();  // [0, 1)
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool Chance(double p) { return Uniform() < p; }
  uint64_t Binomial(uint64_t n, double p);
  uint64_t Poisson(double mean);

 private:
  double Normal();

  std::mt19937_64 random_;
};

}  // namespace huidu::rollout
