#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace huidu {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// Monotonic now, for durations and deadlines. The kernel's CLOCK_MONOTONIC: the same in front and worker, so that a
// deadline can travel between them as nanoseconds.
TimePoint Now();
int64_t ToNanos(TimePoint time);
TimePoint FromNanos(int64_t nanos);

// The calendar's time, for people: "2026-11-22T03:00:00.123Z".
std::string UtcTimestamp();
std::string UtcTimestamp(std::chrono::system_clock::time_point time);

}  // namespace huidu
