#include "front/router/verified_tokens.h"

#include <algorithm>
#include <bit>

namespace huidu::front {

std::optional<VerifiedTokens::Standing> VerifiedTokens::Find(const Digest& digest) const {
  const Place& place = PlaceOf(digest);
  const uint64_t before = place.sequence.load(std::memory_order_acquire);
  if (before == 0 || before % 2 != 0) return std::nullopt;
  std::array<uint64_t, kWords> words;
  // Acquired one by one: who has seen a word of a later writer also sees its sequence.
  for (size_t i = 0; i < kWords; ++i) words[i] = place.words[i].load(std::memory_order_acquire);
  if (place.sequence.load(std::memory_order_relaxed) != before) return std::nullopt;
  if (!std::equal(digest.begin(), digest.end(), words.begin())) return std::nullopt;
  return Standing{std::bit_cast<double>(words[4]), std::bit_cast<double>(words[5]), words[6] != 0};
}

void VerifiedTokens::Add(const Digest& digest, const Standing& standing) {
  Place& place = PlaceOf(digest);
  uint64_t before = place.sequence.load(std::memory_order_relaxed);
  if (before % 2 != 0 || !place.sequence.compare_exchange_strong(before, before + 1, std::memory_order_acquire)) {
    return;  // another thread writes here; this token is checked once more
  }
  const std::array<uint64_t, kWords> words = {digest[0],
                                              digest[1],
                                              digest[2],
                                              digest[3],
                                              std::bit_cast<uint64_t>(standing.not_before),
                                              std::bit_cast<uint64_t>(standing.expires),
                                              standing.internal};
  for (size_t i = 0; i < kWords; ++i) place.words[i].store(words[i], std::memory_order_release);
  place.sequence.store(before + 2, std::memory_order_release);
}

}  // namespace huidu::front
