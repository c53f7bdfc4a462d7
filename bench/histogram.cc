#include "bench/histogram.h"

#include <algorithm>
#include <cmath>

namespace huidu::bench {

void Histogram::Merge(const Histogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

uint64_t Histogram::Quantile(double quantile) const {
  const double rank = std::ceil(quantile * static_cast<double>(count_));
  const uint64_t wanted = std::max<uint64_t>(1, static_cast<uint64_t>(rank));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(Middle(i), max_);
  }
  return max_;
}

uint64_t Histogram::Middle(size_t index) {
  if (index < kSubBuckets) return index;
  const size_t shift = index / kSubBuckets - 1;
  const uint64_t low = (index - shift * kSubBuckets) << shift;
  return low + ((uint64_t{1} << shift) >> 1);
}

}  // namespace huidu::bench
