#include "front/router/verified_tokens.h"

#include <bit>
#include <cstring>

namespace huidu::front {
namespace {

// The token's eight bytes from `at` on, or what is left of it and zeros.
uint64_t WordAt(std::string_view token, size_t at) {
  uint64_t word = 0;
  if (token.size() - at < sizeof(word)) {
    std::memcpy(&word, token.data() + at, token.size() - at);
  } else {
    std::memcpy(&word, token.data() + at, sizeof(word));  // a known size: no call
  }
  return word;
}

}  // namespace

// In a time that depends on how much of it is the same. That tells nothing to whoever guesses: only a token with the
// same hash comes this far.
bool VerifiedTokens::Holds(const Text& text, std::string_view token) {
  for (size_t at = 0; at < token.size(); at += sizeof(uint64_t)) {
    if (text[at / sizeof(uint64_t)].load(std::memory_order_acquire) != WordAt(token, at)) return false;
  }
  return true;
}

void VerifiedTokens::Write(std::string_view token, Text& text) {
  for (size_t at = 0; at < token.size(); at += sizeof(uint64_t)) {
    text[at / sizeof(uint64_t)].store(WordAt(token, at), std::memory_order_release);
  }
}

std::optional<VerifiedTokens::Standing> VerifiedTokens::Find(uint64_t hash, std::string_view token) const {
  const Place& place = PlaceOf(hash);
  const uint64_t before = place.sequence.load(std::memory_order_acquire);
  if (before == 0 || before % 2 != 0 || token.size() > kMaxBytes) return std::nullopt;
  std::array<uint64_t, kWords> words;
  // Acquired one by one: who has seen a word of a later writer also sees its sequence.
  for (size_t i = 0; i < kWords; ++i) words[i] = place.words[i].load(std::memory_order_acquire);
  if (words[kHash] != hash || words[kSize] != token.size()) return std::nullopt;
  if (!Holds(*place.text.load(std::memory_order_acquire), token)) return std::nullopt;
  if (place.sequence.load(std::memory_order_relaxed) != before) return std::nullopt;
  return Standing{std::bit_cast<double>(words[kNotBefore]), std::bit_cast<double>(words[kExpires]),
                  words[kInternal] != 0};
}

void VerifiedTokens::Add(uint64_t hash, std::string_view token, const Standing& standing) {
  if (token.size() > kMaxBytes) return;
  Place& place = PlaceOf(hash);
  // Made first: nothing can fail while others wait for the place.
  auto fresh = place.text.load(std::memory_order_acquire) == nullptr ? std::make_unique<Text>() : nullptr;
  uint64_t before = place.sequence.load(std::memory_order_relaxed);
  if (before % 2 != 0 || !place.sequence.compare_exchange_strong(before, before + 1, std::memory_order_acquire)) {
    return;  // another thread writes here; this token is checked once more
  }
  if (place.text.load(std::memory_order_relaxed) == nullptr) {
    place.text.store(fresh.release(), std::memory_order_release);
  }
  Write(token, *place.text.load(std::memory_order_relaxed));
  std::array<uint64_t, kWords> words;
  words[kHash] = hash;
  words[kSize] = token.size();
  words[kNotBefore] = std::bit_cast<uint64_t>(standing.not_before);
  words[kExpires] = std::bit_cast<uint64_t>(standing.expires);
  words[kInternal] = standing.internal;
  for (size_t i = 0; i < kWords; ++i) place.words[i].store(words[i], std::memory_order_release);
  place.sequence.store(before + 2, std::memory_order_release);
}

}  // namespace huidu::front
