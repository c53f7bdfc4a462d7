#pragma once

#include <cstdint>

#include "base/clock.h"

namespace huidu::http {

struct PaceLimits {
  Duration stall{};                   // without one byte
  uint64_t min_bytes_per_second = 1;  // on average, once `stall` has passed; of large transfers more is asked
};

// How long the peer may take for one body or one answer. What stands in memory meanwhile grows with its size, so the
// asked rate does too: `size` in a minute, but never more than 1 MiB/s and never less than the limit's least rate.
//
// Runs on: one thread at a time.
// Lives:   for one body or answer; the clock starts with the first Deadline().
class Pace {
 public:
  Pace() = default;
  // `size` 0: not known; then what has moved counts as the size.
  Pace(const PaceLimits& limits, uint64_t size) : limits_(limits), size_(size) {}

  // Until when the next byte must move, after `moved` bytes in all.
  TimePoint Deadline(TimePoint now, uint64_t moved);

 private:
  PaceLimits limits_;
  uint64_t size_ = 0;
  TimePoint started_ = TimePoint::max();
};

}  // namespace huidu::http
