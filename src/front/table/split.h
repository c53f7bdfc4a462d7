#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "front/table/servable.h"

namespace huidu::front {

// Shares are counted in slots of ten thousand: 100 slots are 1 %.
inline constexpr uint32_t kSlots = 10'000;

// For each slot the part that has it, counted from 1; 0 is stable.
using SlotMap = std::array<uint8_t, kSlots>;

// Slots for so many parts of these sizes, at most 255 of them and kSlots in all. Each part takes its slots in an order
// of its own, the first in rising order, so that raising a share only adds slots to it and lowering one only takes some
// away.
SlotMap AssignSlots(const std::vector<uint32_t>& shares);

// Spreads requests that come one by one over parts by weight: a Weyl sequence with the golden ratio, whose every
// stretch holds the shares (H. Weyl 1916; its discrepancy is of the order log(n)/n). Runs on: any thread. Lives: as
// long as the split's shares, so that a new table does not start it again.
class WeightSequence {
 public:
  // The next slot.
  uint32_t Next() {
    constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
    const uint64_t point = count_.fetch_add(1, std::memory_order_relaxed) * kGolden;
    return static_cast<uint32_t>(((point >> 32) * kSlots) >> 32);
  }

 private:
  std::atomic<uint64_t> count_{0};
};

// How the traffic of a model is divided among its versions while something is tried out. Immutable.
struct Split {
  struct Part {
    std::shared_ptr<Servable> servable;  // nullptr: not there at the moment, stable answers
    uint32_t share = 0;                  // slots
  };
  std::vector<Part> parts;  // versions that users and weights lead to; stable has the rest
  SlotMap slots{};          // AssignSlots() of the parts
  uint64_t seed = 0;        // of the users' hash
  std::shared_ptr<WeightSequence> sequence;
  std::shared_ptr<Servable> internal;  // answers internal users; nullptr: they are like others
  std::shared_ptr<Servable> fallback;  // answers what another version failed at; nullptr: failures stay failures
  // How long another version may take before the fallback is asked too; 0: half of the client's time.
  std::chrono::nanoseconds patience{0};
  std::shared_ptr<Servable> shadow;                 // gets copies of what stable answers
  uint32_t shadow_share = 0;                        // slots
  std::shared_ptr<WeightSequence> shadow_sequence;  // which of stable's requests are copied
};

// The seed of the users' hash for one rollout: another one would mix the users anew.
uint64_t SplitSeed(std::string_view model, std::string_view salt);

// The slot of a user. XXH3 (Yann Collet), seeded.
uint32_t SlotOf(uint64_t seed, std::string_view user);

}  // namespace huidu::front
