#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu::health {

// Counts of durations from 1 us to 1 h, from which a quantile is known to 1 %: a log-linear histogram, whose buckets
// divide each power of two into 64 equal parts. The scheme is HdrHistogram's (Gil Tene, hdrhistogram.org), which
// Debian 12 does not package; this is the part of it that a rollout needs. Only buckets in use take memory.
//
// Where several threads count, they keep an array of kBuckets atomics, count at BucketOf(), and the reader calls
// AddBucket() with what was added since it last looked.
//
// Runs on: one thread at a time.
// Lives:   a value.
class LatencyHistogram {
 public:
  static constexpr int kPartBits = 6;
  static constexpr int kFirstOctave = 9;  // 512 ns and more: holds 1 us
  static constexpr int kLastOctave = 41;  // up to 4.4e12 ns: holds 1 h
  static constexpr size_t kBuckets = static_cast<size_t>(kLastOctave - kFirstOctave + 1) << kPartBits;
  static constexpr uint64_t kMinNs = 1'000;
  static constexpr uint64_t kMaxNs = 3'600'000'000'000;

  using Entry = std::pair<uint32_t, uint64_t>;  // bucket, count

  // Durations below 1 us and above 1 h count as these.
  static constexpr size_t BucketOf(uint64_t ns) {
    ns = ns < kMinNs ? kMinNs : ns > kMaxNs ? kMaxNs : ns;
    const int octave = std::bit_width(ns) - 1;
    const uint64_t part = (ns >> (octave - kPartBits)) & ((1u << kPartBits) - 1);
    return (static_cast<size_t>(octave - kFirstOctave) << kPartBits) + part;
  }
  // The middle of a bucket, which is at most 0.8 % from any duration in it.
  static double MiddleNs(size_t bucket);

  void Record(uint64_t ns, uint64_t count = 1) { AddBucket(BucketOf(ns), count); }
  void AddBucket(size_t bucket, uint64_t count);
  void Merge(const LatencyHistogram& other);
  // Fast for many.
  static LatencyHistogram Sum(const std::vector<const LatencyHistogram*>& histograms);

  uint64_t count() const { return count_; }
  // The bucket below which, or in which, are at least `q` of all durations; the count must not be 0.
  size_t QuantileBucket(double q) const;
  // The same in ns; 0 for an empty histogram.
  double QuantileNs(double q) const;
  // How many durations lie in buckets above this one.
  uint64_t CountAbove(size_t bucket) const;

  // What to store: the buckets in use, rising. FromEntries() takes what a file holds: InvalidArgument if that is not
  // so.
  const std::vector<Entry>& entries() const { return entries_; }
  static absl::StatusOr<LatencyHistogram> FromEntries(const std::vector<Entry>& entries);

  bool operator==(const LatencyHistogram&) const = default;

 private:
  std::vector<Entry> entries_;  // rising buckets, counts above 0
  uint64_t count_ = 0;
};

}  // namespace huidu::health
