#include "http/pace.h"

#include <algorithm>

namespace huidu::http {
namespace {

constexpr uint64_t kUsualSeconds = 60;
// Nobody's line has to be faster than this, however large the body is.
constexpr uint64_t kMaxAskedRate = 1024 * 1024;

}  // namespace

TimePoint Pace::Deadline(TimePoint now, uint64_t moved) {
  if (started_ == TimePoint::max()) started_ = now;
  const uint64_t by_size = std::min(std::max(size_, moved) / kUsualSeconds, kMaxAskedRate);
  const uint64_t rate = std::max({by_size, limits_.min_bytes_per_second, uint64_t{1}});
  const std::chrono::milliseconds earned(moved / rate * 1000 + moved % rate * 1000 / rate);
  return std::min(now, started_ + earned) + limits_.stall;
}

}  // namespace huidu::http
