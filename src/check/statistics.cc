#include "check/statistics.h"

#include <algorithm>
#include <cmath>

namespace huidu::check {
namespace {

constexpr double kZ = 1.959964;  // 95 % on two sides

struct Moments {
  double mean = 0, variance = 0, effective = 0;
};

Moments Take(const std::vector<Weighted>& values) {
  double weights = 0, squares = 0, sum = 0;
  for (const Weighted& item : values) {
    weights += item.weight;
    squares += item.weight * item.weight;
    sum += item.weight * item.value;
  }
  Moments moments;
  if (weights <= 0) return moments;
  moments.mean = sum / weights;
  moments.effective = weights * weights / squares;
  for (const Weighted& item : values) {
    moments.variance += item.weight * (item.value - moments.mean) * (item.value - moments.mean) / weights;
  }
  if (moments.effective > 1) moments.variance *= moments.effective / (moments.effective - 1);
  return moments;
}

Estimate Normal(const Moments& moments, size_t samples, double least) {
  const double half = moments.effective > 1 ? kZ * std::sqrt(moments.variance / moments.effective) : 1;
  return {moments.mean, std::max(least, moments.mean - half), std::min(1.0, moments.mean + half), samples};
}

Estimate Wilson(const Moments& moments, size_t samples) {
  const double n = moments.effective, z2 = kZ * kZ, p = moments.mean;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {p, std::max(0.0, middle - half), std::min(1.0, middle + half), samples};
}

}  // namespace

Estimate Mean(const std::vector<Weighted>& values) {
  if (values.empty()) return {};
  const Moments moments = Take(values);
  const bool binary = std::all_of(values.begin(), values.end(),
                                  [](const Weighted& item) { return item.value == 0 || item.value == 1; });
  return binary ? Wilson(moments, values.size()) : Normal(moments, values.size(), 0);
}

Estimate MeanDifference(const std::vector<Weighted>& differences) {
  if (differences.empty()) return {};
  return Normal(Take(differences), differences.size(), -1);
}

}  // namespace huidu::check
