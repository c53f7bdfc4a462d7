#include "rollout/span_text.h"

#include <array>
#include <charconv>

#include "base/strings.h"

namespace huidu::rollout {
namespace {

using health::Span;

struct Unit {
  std::string_view name;
  std::string_view readable;
  int64_t millis;
};
constexpr std::array<Unit, 5> kUnits = {{
    {"d", " d", 86'400'000},
    {"h", " h", 3'600'000},
    {"m", " min", 60'000},
    {"s", " s", 1'000},
    {"ms", " ms", 1},
}};
constexpr int64_t kMaxMillis = 1'000'000'000'000;  // 31 years

absl::Status BadSpan(std::string_view text) {
  return absl::InvalidArgumentError(
      StrCat("'", text, "' is no duration: expected one like \"90s\", \"1h30m\", \"500ms\""));
}

// The index of the unit that `text` begins with, kUnits.size() if there is none. "ms" before "m".
size_t UnitAt(std::string_view text) {
  for (size_t i = kUnits.size(); i-- > 0;) {
    if (text.starts_with(kUnits[i].name)) return i;
  }
  return kUnits.size();
}

}  // namespace

absl::StatusOr<Span> ParseSpan(std::string_view text) {
  int64_t millis = 0;
  size_t first_unit = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc() || number < 0 || number > kMaxMillis) return BadSpan(text);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const size_t unit = UnitAt(rest);
    if (unit < first_unit || unit == kUnits.size()) return BadSpan(text);
    if (number > (kMaxMillis - millis) / kUnits[unit].millis) return BadSpan(text);
    millis += number * kUnits[unit].millis;
    rest.remove_prefix(kUnits[unit].name.size());
    first_unit = unit + 1;
  }
  if (text.empty()) return BadSpan(text);
  return Span(millis);
}

std::string FormatSpan(Span span) {
  std::string text;
  int64_t left = span.count();
  for (const Unit& unit : kUnits) {
    if (left / unit.millis > 0) StrAppend(&text, left / unit.millis, unit.name);
    left %= unit.millis;
  }
  return text.empty() ? "0s" : text;
}

std::string ReadableSpan(Span span) {
  std::string text;
  int64_t left = span.count();
  int parts = 0;
  for (const Unit& unit : kUnits) {
    const int64_t number = left / unit.millis;
    left %= unit.millis;
    if (number == 0 || parts == 2) continue;
    StrAppend(&text, parts == 0 ? "" : " ", number, unit.readable);
    ++parts;
  }
  return text.empty() ? "0 s" : text;
}

}  // namespace huidu::rollout
