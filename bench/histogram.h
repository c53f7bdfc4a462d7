#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace huidu::bench {

// Counts durations so that quantiles come out within 1 % at any size, in constant memory. Buckets are 128 to each
// doubling of the value: exact below 128 ns, then at most 1/128 of the value wide.
//
// Runs on: one thread.
class Histogram {
 public:
  void Add(uint64_t nanos) {
    ++buckets_[Index(nanos)];
    ++count_;
    sum_ += nanos;
    if (nanos > max_) max_ = nanos;
  }
  void Merge(const Histogram& other);
  void Clear() { *this = Histogram(); }

  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }
  double Mean() const { return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_); }
  // The value below which `quantile` (0 to 1) of all values lie; 0 if there are none.
  uint64_t Quantile(double quantile) const;

 private:
  static constexpr int kSubBits = 7;
  static constexpr uint64_t kSubBuckets = uint64_t{1} << kSubBits;
  static constexpr uint64_t kLargest = (uint64_t{1} << 42) - 1;  // 73 minutes; what is longer counts as this

  static size_t Index(uint64_t value) {
    if (value > kLargest) value = kLargest;
    if (value < kSubBuckets) return value;
    const int shift = std::bit_width(value) - 1 - kSubBits;
    return static_cast<size_t>(shift) * kSubBuckets + (value >> shift);
  }
  static uint64_t Middle(size_t index);

  std::vector<uint64_t> buckets_ = std::vector<uint64_t>(Index(kLargest) + 1);
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t max_ = 0;
};

}  // namespace huidu::bench
