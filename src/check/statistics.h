#pragma once

#include <string>
#include <vector>

namespace huidu::check {

// A mean with the bounds between which the true one lies with 95 %.
struct Estimate {
  double value = 0, low = 0, high = 0;
  size_t samples = 0;
};

struct Weighted {
  double value = 0;
  double weight = 1;
};

// The weighted mean of values from 0 to 1. Where all are 0 or 1 the bounds are Wilson's (1927), which hold for few
// samples and near 0 and 1; else those of the normal distribution. Weights count as Kish's effective number of samples
// (1965).
Estimate Mean(const std::vector<Weighted>& values);

// The mean of differences of pairs, from -1 to 1: the same samples by two versions, so that what is hard for both does
// not count as noise.
Estimate MeanDifference(const std::vector<Weighted>& differences);

}  // namespace huidu::check
