#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

namespace huidu::front {

// Tokens whose signature was found right, so that it need not be checked at each request. Knows them by their SHA-256;
// the tokens themselves are not kept. A fixed number of places, each for the tokens of some digests: a new one takes
// the place of the old one.
//
// Runs on: any thread, without a lock; threads that look for the same token write nothing. Lives: in its verifier.
class VerifiedTokens {
 public:
  static constexpr size_t kPlaces = 1024;
  using Digest = std::array<uint64_t, 4>;  // SHA-256
  struct Standing {
    double not_before = 0, expires = 0;  // Unix time, as the token says
    bool internal = false;               // what it says of its bearer, while it is valid
  };

  VerifiedTokens() : places_(std::make_unique<std::array<Place, kPlaces>>()) {}

  std::optional<Standing> Find(const Digest& digest) const;
  void Add(const Digest& digest, const Standing& standing);

 private:
  static constexpr size_t kWords = 7;
  // A sequence lock (as in the Linux kernel) whose content is atomic too.
  struct alignas(64) Place {
    std::atomic<uint64_t> sequence{0};  // odd: somebody writes; 0: empty
    std::array<std::atomic<uint64_t>, kWords> words{};
  };
  Place& PlaceOf(const Digest& digest) const { return (*places_)[digest[0] % kPlaces]; }

  const std::unique_ptr<std::array<Place, kPlaces>> places_;
};

}  // namespace huidu::front
