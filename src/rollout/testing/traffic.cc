#include "rollout/testing/traffic.h"

#include <algorithm>
#include <cmath>

namespace huidu::rollout {
namespace {

constexpr double kZ99 = 2.3263478740408408;

// Upper tail of the standard normal distribution, turned around by bisection: it is used a few dozen times.
double NormalQuantile(double q) {
  double low = -8, high = 8;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < q ? low : high) = middle;
  }
  return (low + high) / 2;
}

std::vector<double> SliceBounds() {
  std::vector<double> bounds;
  for (int i = 0; i <= 18; ++i) bounds.push_back(i * 0.05);         // to 0.9
  for (int i = 1; i <= 18; ++i) bounds.push_back(0.9 + i * 0.005);  // to 0.99
  for (int i = 1; i <= 9; ++i) bounds.push_back(0.99 + i * 0.001);  // to 0.999
  bounds.push_back(1);
  return bounds;
}

}  // namespace

std::vector<std::pair<size_t, double>> LogNormal(double median_ms, double p99_ms) {
  const double sigma = std::log(p99_ms / median_ms) / kZ99;
  std::vector<std::pair<size_t, double>> slices;
  const std::vector<double> bounds = SliceBounds();
  for (size_t i = 0; i + 1 < bounds.size(); ++i) {
    const double z = NormalQuantile((bounds[i] + bounds[i + 1]) / 2);
    const double ns = median_ms * std::exp(sigma * z) * 1e6;
    slices.emplace_back(health::LatencyHistogram::BucketOf(static_cast<uint64_t>(ns)), bounds[i + 1] - bounds[i]);
  }
  return slices;
}

double Traffic::Uniform() { return static_cast<double>(random_() >> 11) * 0x1.0p-53; }

double Traffic::Normal() {  // Box and Muller
  const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
  return radius * std::cos(2 * M_PI * Uniform());
}

// By inversion where few are expected, else rounded from the normal distribution.
uint64_t Traffic::Binomial(uint64_t n, double p) {
  if (n == 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - Binomial(n, 1 - p);
  const auto count = static_cast<double>(n);
  if (count * p > 30) {
    const double drawn = std::round(count * p + std::sqrt(count * p * (1 - p)) * Normal());
    return static_cast<uint64_t>(std::clamp(drawn, 0.0, count));
  }
  double mass = std::pow(1 - p, count), left = Uniform();
  uint64_t k = 0;
  for (; k < n && left >= mass; ++k) {
    left -= mass;
    mass *= static_cast<double>(n - k) / static_cast<double>(k + 1) * p / (1 - p);
  }
  return k;
}

uint64_t Traffic::Poisson(double mean) { return Binomial(1'000'000, mean / 1'000'000); }

health::Period Traffic::Draw(const Behaviour& behaviour, uint64_t requests) {
  health::Period period;
  period.requests = requests;
  period.server_errors = Binomial(requests, behaviour.error_rate);
  uint64_t left = requests - period.server_errors;
  double share_left = 1;
  for (const auto& [bucket, share] : behaviour.latency) {
    const uint64_t here = Binomial(left, std::min(1.0, share / share_left));
    period.latency.AddBucket(bucket, here);
    left -= here;
    share_left -= share;
    if (left == 0) break;
  }
  period.labelled = Binomial(requests - period.server_errors, behaviour.label_share);
  period.correct = Binomial(period.labelled, behaviour.accuracy);
  return period;
}

}  // namespace huidu::rollout
