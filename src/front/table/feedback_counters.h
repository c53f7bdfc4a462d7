#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace huidu::front {

// Why feedback on an answer was not taken.
enum class FeedbackRefusal {
  kUnknown,        // no such answer is remembered (any more), or another version gave it
  kRepeated,       // it was given before
  kMalformed,      // not what feedback looks like
  kTooLarge,       // its body
  kNotComparable,  // what was answered is not known, or cannot be compared with what was expected
};
inline constexpr std::array<std::string_view, 5> kFeedbackRefusalNames = {"unknown", "repeated", "malformed",
                                                                          "too_large", "not_comparable"};

// Feedback on a model's answers that was refused, since the model is there.
// Runs on: any thread.
class FeedbackCounters {
 public:
  void Count(FeedbackRefusal why) { refused_[static_cast<size_t>(why)].fetch_add(1, std::memory_order_relaxed); }
  uint64_t Refused(FeedbackRefusal why) const {
    return refused_[static_cast<size_t>(why)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<uint64_t>, kFeedbackRefusalNames.size()> refused_{};
};

}  // namespace huidu::front
