#include "base/clock.h"

#include <ctime>

#include "absl/strings/str_format.h"

namespace huidu {

TimePoint Now() { return std::chrono::steady_clock::now(); }

int64_t ToNanos(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

TimePoint FromNanos(int64_t nanos) { return TimePoint(std::chrono::nanoseconds(nanos)); }

std::string UtcTimestamp() { return UtcTimestamp(std::chrono::system_clock::now()); }

std::string UtcTimestamp(std::chrono::system_clock::time_point time) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(millis / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                         utc.tm_hour, utc.tm_min, utc.tm_sec, millis % 1000);
}

}  // namespace huidu
