#include "front/shadow/edit_distance.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace huidu::front {
namespace {

constexpr char32_t kStrayByte = 0x110000;  // the first number that is no code point

// Takes one code point, or one stray byte, off the front of `text`, which is not empty.
char32_t TakeFirst(std::string_view& text) {
  const utf8::Character first = utf8::First(text);
  const auto byte = static_cast<uint8_t>(text[0]);
  text.remove_prefix(std::max<size_t>(first.length, 1));
  return first.length == 0 ? kStrayByte + byte : first.value;
}

void RemoveCommonEnds(std::u32string_view& a, std::u32string_view& b) {
  const auto front = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto common = static_cast<size_t>(front.first - a.begin());
  a.remove_prefix(common);
  b.remove_prefix(common);
  const auto back = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  const auto same_end = static_cast<size_t>(back.first - a.rbegin());
  a.remove_suffix(same_end);
  b.remove_suffix(same_end);
}

size_t DifferentPlaces(std::u32string_view a, std::u32string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  size_t count = b.size() - a.size();
  for (size_t i = 0; i < a.size(); ++i) count += a[i] != b[i];
  return count;
}

// The table of distances between beginnings, a row at a time, and of each row only what can lie on a path of `limit`
// edits: the cells that are not further than that from the diagonal (Ukkonen, 1985).
size_t BandedDistance(std::u32string_view a, std::u32string_view b, size_t limit) {
  const size_t too_far = limit + 1;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = std::min(j, too_far);
  for (size_t i = 1; i <= a.size(); ++i) {
    const size_t first = i > limit ? i - limit : 1;
    const size_t last = std::min(b.size(), i + limit);
    size_t diagonal = row[first - 1];
    row[first - 1] = first == 1 ? i : too_far;
    size_t best = row[first - 1];
    for (size_t j = first; j <= last; ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
      best = std::min(best, row[j]);
    }
    if (best > limit) return too_far;
  }
  return std::min(row.back(), too_far);
}

}  // namespace

std::u32string CodePoints(std::string_view utf8) {
  std::u32string points;
  points.reserve(utf8.size());
  while (!utf8.empty()) points.push_back(TakeFirst(utf8));
  return points;
}

size_t EditDistance(std::u32string_view a, std::u32string_view b, size_t limit, size_t& budget) {
  RemoveCommonEnds(a, b);
  const size_t longer = std::max(a.size(), b.size());
  const size_t shorter = std::min(a.size(), b.size());
  if (longer - shorter > limit) return limit + 1;
  if (shorter == 0) return longer;
  const size_t band = std::min(limit, longer);
  const size_t width = std::min(b.size(), 2 * band + 1);
  if (budget / width < a.size()) return std::min(DifferentPlaces(a, b), limit + 1);
  budget -= width * a.size();
  const size_t distance = BandedDistance(a, b, band);
  return std::min(distance, limit + 1);
}

}  // namespace huidu::front
