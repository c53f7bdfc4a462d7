#include "cli/format.h"

#include <iterator>

#include "absl/strings/str_format.h"

namespace huidu::cli {

std::string FormatBytes(uint64_t bytes) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  const int digits = unit >= 3 && value < 100 ? 1 : 0;
  return absl::StrFormat("%.*f %s", digits, value, units[unit]);
}

std::string FormatDuration(double seconds) {
  const auto total = static_cast<int64_t>(seconds);
  const int64_t minutes = total / 60, hours = total / 3600, days = total / 86400;
  if (total < 60) return absl::StrFormat("%d s", total);
  if (hours < 1) return absl::StrFormat("%d min %d s", minutes, total % 60);
  if (days < 1) return absl::StrFormat("%d h %d min", hours, minutes % 60);
  return absl::StrFormat("%d d %d h", days, hours % 24);
}

std::string FormatMilliseconds(double millis) {
  const int digits = millis < 10 ? 2 : millis < 100 ? 1 : 0;
  return absl::StrFormat("%.*f", digits, millis);
}

}  // namespace huidu::cli
