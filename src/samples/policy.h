#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a model's owner wants to keep of its requests, as plain data. What the fields mean to people, their units and
// defaults are written in proto/config/model_config.proto.
namespace huidu::samples {

// Why a request is kept. The numbers stand in files and in the index: append, never reorder.
enum class Reason : uint8_t { kFailed, kSlow, kLowConfidence, kDisagreed, kNegativeFeedback, kRandom };
inline constexpr std::array<std::string_view, 6> kReasonNames = {
    "FAILED", "SLOW", "LOW_CONFIDENCE", "DISAGREED", "NEGATIVE_FEEDBACK", "RANDOM"};
inline std::string_view Name(Reason reason) { return kReasonNames[static_cast<size_t>(reason)]; }

// The reason of that name; empty for a name that is none.
inline std::optional<Reason> ReasonOf(std::string_view name) {
  for (size_t i = 0; i < kReasonNames.size(); ++i) {
    if (kReasonNames[i] == name) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

// Any number of reasons.
class ReasonSet {
 public:
  ReasonSet() = default;
  ReasonSet(std::initializer_list<Reason> reasons) {
    for (const Reason reason : reasons) Add(reason);
  }
  // Bits of no reason are dropped.
  static ReasonSet FromBits(uint32_t bits) {
    ReasonSet set;
    set.bits_ = bits & ((1u << kReasonNames.size()) - 1);
    return set;
  }
  uint32_t bits() const { return bits_; }
  bool empty() const { return bits_ == 0; }
  bool Has(Reason reason) const { return (bits_ & Bit(reason)) != 0; }
  void Add(Reason reason) { bits_ |= Bit(reason); }
  void Add(ReasonSet other) { bits_ |= other.bits_; }
  std::vector<Reason> List() const {
    std::vector<Reason> list;
    for (size_t i = 0; i < kReasonNames.size(); ++i) {
      if (Has(static_cast<Reason>(i))) list.push_back(static_cast<Reason>(i));
    }
    return list;
  }
  bool operator==(const ReasonSet&) const = default;

 private:
  static uint32_t Bit(Reason reason) { return 1u << static_cast<uint32_t>(reason); }
  uint32_t bits_ = 0;
};

// What never gets to the disk.
struct Mask {
  enum class How { kDigits, kRemove };
  bool output = false;  // of an output, else of an input
  std::string tensor;
  How how = How::kDigits;
  bool operator==(const Mask&) const = default;
};

struct LowConfidence {
  std::string output;
  double below = 0;
  bool operator==(const LowConfidence&) const = default;
};

struct Policy {
  ReasonSet reasons;  // empty: nothing is kept
  std::chrono::milliseconds slow{0};
  std::optional<LowConfidence> low_confidence;
  double random_share = 0;
  uint32_t max_per_minute = 60;
  uint64_t quota_bytes = uint64_t{1} << 30;
  std::chrono::hours keep{14 * 24};
  std::vector<Mask> masks;
  bool operator==(const Policy&) const = default;
};

}  // namespace huidu::samples
