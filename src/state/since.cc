#include "state/since.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "base/status.h"

namespace huidu::state {
namespace {

using SystemTime = std::chrono::system_clock::time_point;

constexpr int64_t kMaxSeconds = int64_t{100} * 366 * 86400;  // a century: far from any overflow

std::optional<int64_t> UnitSeconds(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return 7 * 86400;
    default: return std::nullopt;
  }
}

// "30m" as seconds, empty if `text` has not that form.
std::optional<int64_t> ParseAgo(std::string_view text) {
  if (text.size() < 2 || !absl::ascii_isdigit(static_cast<unsigned char>(text.front()))) return std::nullopt;
  const std::optional<int64_t> unit = UnitSeconds(text.back());
  int64_t amount = 0;
  if (!unit || !absl::SimpleAtoi(std::string(text.substr(0, text.size() - 1)), &amount)) return std::nullopt;
  if (amount > kMaxSeconds / *unit) return kMaxSeconds;
  return amount * *unit;
}

// absl::ParseTime also knows "infinite-past"; a calendar time begins with a digit.
std::optional<SystemTime> ParseCalendar(std::string_view text) {
  if (text.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(text.front()))) return std::nullopt;
  const std::string copy(text);
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, copy, &time, &error) &&
      !absl::ParseTime("%Y-%m-%d", copy, absl::UTCTimeZone(), &time, &error)) {
    return std::nullopt;
  }
  const int64_t seconds = absl::ToUnixSeconds(time);
  if (seconds < -kMaxSeconds || seconds > 2 * kMaxSeconds) return std::nullopt;
  return SystemTime(std::chrono::milliseconds(absl::ToUnixMillis(time)));
}

}  // namespace

absl::StatusOr<SystemTime> ParseSince(std::string_view text, SystemTime now) {
  if (text.empty()) return SystemTime{};
  if (const auto ago = ParseAgo(text)) return now - std::chrono::seconds(*ago);
  if (const auto time = ParseCalendar(text)) return *time;
  return absl::InvalidArgumentError(
      StrCat("since '", text.substr(0, 64),
             "' is no time: write a duration such as 30m, 1h or 7d, or a time such as 2026-11-22T03:00:00Z"));
}

}  // namespace huidu::state
