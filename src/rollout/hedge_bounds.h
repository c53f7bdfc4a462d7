#pragma once

#include <cstdint>

// What the fields of a hedge may be, for the configuration and the admin API alike.
namespace huidu::rollout {

template <typename Number>
struct Bounds {
  Number low, high;
};
inline constexpr Bounds<double> kHedgeQuantile{0.5, 0.9999};
inline constexpr Bounds<double> kHedgeFactor{1, 100};
inline constexpr Bounds<uint32_t> kHedgeMinMs{1, 60'000};

}  // namespace huidu::rollout
