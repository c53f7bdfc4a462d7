#include "health/memory_slope.h"

#include <algorithm>
#include <cmath>

namespace huidu::health {
namespace {

constexpr size_t kMinSamples = 8;
constexpr double kZ = 2.326;  // two-sided 98 %: each bound alone holds with 99 %

double Minutes(Span span) { return std::chrono::duration<double, std::ratio<60>>(span).count(); }

std::vector<GaugeSample> Thinned(const std::vector<GaugeSample>& samples) {
  if (samples.size() <= kMaxSlopeSamples) return samples;
  std::vector<GaugeSample> kept;
  kept.reserve(kMaxSlopeSamples);
  for (size_t i = 0; i < kMaxSlopeSamples; ++i) {
    kept.push_back(samples[i * (samples.size() - 1) / (kMaxSlopeSamples - 1)]);
  }
  return kept;
}

std::vector<double> PairSlopes(const std::vector<GaugeSample>& samples) {
  std::vector<double> slopes;
  slopes.reserve(samples.size() * (samples.size() - 1) / 2);
  for (size_t i = 0; i < samples.size(); ++i) {
    for (size_t j = i + 1; j < samples.size(); ++j) {
      const double minutes = Minutes(samples[j].at - samples[i].at);
      if (minutes > 0) slopes.push_back((samples[j].value - samples[i].value) / minutes);
    }
  }
  return slopes;
}

double Nth(std::vector<double>& values, size_t rank) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(rank), values.end());
  return values[rank];
}

}  // namespace

std::optional<Slope> RobustSlope(const std::vector<GaugeSample>& all, Span min_span) {
  if (all.size() < kMinSamples || all.back().at - all.front().at < min_span) return std::nullopt;
  const std::vector<GaugeSample> samples = Thinned(all);
  std::vector<double> slopes = PairSlopes(samples);
  if (slopes.empty()) return std::nullopt;
  const auto n = static_cast<double>(samples.size());
  const auto pairs = static_cast<double>(slopes.size());
  const double spread = kZ * std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  const double last = pairs - 1;
  const auto rank = [&](double r) { return static_cast<size_t>(std::clamp(r, 0.0, last)); };
  Slope slope;
  slope.samples = all.size();
  slope.low = Nth(slopes, rank((pairs - spread) / 2));
  slope.per_minute = Nth(slopes, rank(last / 2));
  slope.high = Nth(slopes, rank((pairs + spread) / 2));
  return slope;
}

}  // namespace huidu::health
