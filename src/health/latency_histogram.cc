#include "health/latency_histogram.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/strings.h"

namespace huidu::health {

double LatencyHistogram::MiddleNs(size_t bucket) {
  const int octave = kFirstOctave + static_cast<int>(bucket >> kPartBits);
  const auto part = static_cast<double>(bucket & ((1u << kPartBits) - 1));
  const double parts = 1 << kPartBits;
  return std::ldexp(1.0 + (part + 0.5) / parts, octave);
}

void LatencyHistogram::AddBucket(size_t bucket, uint64_t count) {
  if (count == 0 || bucket >= kBuckets) return;
  const auto key = static_cast<uint32_t>(bucket);
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), key, [](const Entry& e, uint32_t k) { return e.first < k; });
  if (at != entries_.end() && at->first == key) {
    at->second += count;
  } else {
    entries_.insert(at, {key, count});
  }
  count_ += count;
}

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  if (other.entries_.empty()) return;
  std::vector<Entry> merged;
  merged.reserve(entries_.size() + other.entries_.size());
  std::merge(entries_.begin(), entries_.end(), other.entries_.begin(), other.entries_.end(), std::back_inserter(merged),
             [](const Entry& a, const Entry& b) { return a.first < b.first; });
  entries_.clear();
  for (const Entry& entry : merged) {
    if (!entries_.empty() && entries_.back().first == entry.first) {
      entries_.back().second += entry.second;
    } else {
      entries_.push_back(entry);
    }
  }
  count_ += other.count_;
}

LatencyHistogram LatencyHistogram::Sum(const std::vector<const LatencyHistogram*>& histograms) {
  std::array<uint64_t, kBuckets> counts{};
  size_t first = kBuckets, last = 0;
  for (const LatencyHistogram* histogram : histograms) {
    if (histogram->entries_.empty()) continue;
    first = std::min<size_t>(first, histogram->entries_.front().first);
    last = std::max<size_t>(last, histogram->entries_.back().first);
    for (const Entry& entry : histogram->entries_) counts[entry.first] += entry.second;
  }
  LatencyHistogram sum;
  for (size_t bucket = first; bucket <= last && bucket < kBuckets; ++bucket) {
    if (counts[bucket] == 0) continue;
    sum.entries_.emplace_back(static_cast<uint32_t>(bucket), counts[bucket]);
    sum.count_ += counts[bucket];
  }
  return sum;
}

size_t LatencyHistogram::QuantileBucket(double q) const {
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  uint64_t below = 0;
  for (const Entry& entry : entries_) {
    below += entry.second;
    if (static_cast<double>(below) >= wanted) return entry.first;
  }
  return entries_.empty() ? 0 : entries_.back().first;
}

double LatencyHistogram::QuantileNs(double q) const { return count_ == 0 ? 0 : MiddleNs(QuantileBucket(q)); }

uint64_t LatencyHistogram::CountAbove(size_t bucket) const {
  uint64_t above = 0;
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && entry->first > bucket; ++entry) {
    above += entry->second;
  }
  return above;
}

absl::StatusOr<LatencyHistogram> LatencyHistogram::FromEntries(const std::vector<Entry>& entries) {
  LatencyHistogram histogram;
  for (const Entry& entry : entries) {
    const bool rising = histogram.entries_.empty() || histogram.entries_.back().first < entry.first;
    if (!rising || entry.first >= kBuckets || entry.second == 0) {
      return absl::InvalidArgumentError(StrCat("histogram entry [", entry.first, ", ", entry.second,
                                               "]: expected rising buckets below ", kBuckets, " with counts above 0"));
    }
    histogram.entries_.push_back(entry);
    histogram.count_ += entry.second;
  }
  return histogram;
}

}  // namespace huidu::health
