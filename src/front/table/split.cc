#include "front/table/split.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace huidu::front {
namespace {

// Odd and no multiple of 5: steps of this size visit every one of 10,000 slots once. 1 for the first part.
uint32_t StepOf(size_t part) {
  uint32_t step = static_cast<uint32_t>(1 + part * 2 * 617) % kSlots;
  if (step % 5 == 0) step += 2;
  return step;
}

}  // namespace

SlotMap AssignSlots(const std::vector<uint32_t>& shares) {
  SlotMap slots{};
  for (size_t part = 0; part < shares.size() && part < 255; ++part) {
    const uint32_t step = StepOf(part);
    uint32_t slot = 0;
    uint32_t left = shares[part];
    for (uint32_t tried = 0; tried < kSlots && left > 0; ++tried, slot = (slot + step) % kSlots) {
      if (slots[slot] != 0) continue;
      slots[slot] = static_cast<uint8_t>(part + 1);
      --left;
    }
  }
  return slots;
}

uint64_t SplitSeed(std::string_view model, std::string_view salt) {
  return XXH3_64bits_withSeed(salt.data(), salt.size(), XXH3_64bits(model.data(), model.size()));
}

uint32_t SlotOf(uint64_t seed, std::string_view user) {
  return static_cast<uint32_t>(XXH3_64bits_withSeed(user.data(), user.size(), seed) % kSlots);
}

}  // namespace huidu::front
