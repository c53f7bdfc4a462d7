#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "base/clock.h"

namespace huidu::front {

// At most so many in any minute, however they are spread. Remembers when each of the last ones was.
// Runs on: any thread; a short lock.
class RateLimit {
 public:
  explicit RateLimit(size_t per_minute) : times_(per_minute) {}

  // Takes a place in the minute that ends now; false if there is none.
  bool Take(TimePoint now) {
    const std::lock_guard lock(mutex_);
    TimePoint& oldest = times_[next_];
    if (taken_ >= times_.size() && now - oldest < std::chrono::minutes(1)) return false;
    oldest = now;
    next_ = (next_ + 1) % times_.size();
    ++taken_;
    return true;
  }

 private:
  std::mutex mutex_;  // guards the rest
  std::vector<TimePoint> times_;
  size_t next_ = 0;
  size_t taken_ = 0;
};

}  // namespace huidu::front
