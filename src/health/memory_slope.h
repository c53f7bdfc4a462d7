#pragma once

#include <optional>
#include <vector>

#include "health/period.h"

namespace huidu::health {

struct GaugeSample {
  Span at{0};  // on any time line
  double value = 0;
};

struct Slope {
  double per_minute = 0;
  // The true slope lies between these with 98 %, if the noise of the samples is independent.
  double low = 0, high = 0;
  size_t samples = 0;
};

// How fast a gauge grows: the median of the slopes between all pairs of samples (Theil 1950, Sen 1968), with Sen's
// confidence bounds from the distribution of Kendall's tau. A step up, an outlier or noise hardly move the median, and
// none of them moves the lower bound far above 0: only growth that goes on does.
// Uses at most kMaxSlopeSamples, evenly taken. Empty while there are fewer than 8 samples or they span less than
// `min_span`.
inline constexpr size_t kMaxSlopeSamples = 120;
std::optional<Slope> RobustSlope(const std::vector<GaugeSample>& samples, Span min_span);

}  // namespace huidu::health
