#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace huidu::front {

// Tokens whose signature was found right, so that it need not be checked at each request. A fixed number of places,
// each for the tokens of some hashes: a new one takes the place of the old one. The hash only leads to the place: a
// token is known if all of it is there, so a hash need not be cryptographic. Whoever can choose the hashes could push
// others' tokens out, so take a seed that clients do not know.
//
// Keeps the tokens themselves, kPlaces * kMaxBytes (8 MiB) at most; memory is taken when a place is first used.
//
// Runs on: any thread, without a lock; threads that look for the same token write nothing. Lives: in its verifier.
class VerifiedTokens {
 public:
  static constexpr size_t kPlaces = 1024;
  static constexpr size_t kMaxBytes = 8192;  // of a token; a longer one is not kept
  struct Standing {
    double not_before = 0, expires = 0;  // Unix time, as the token says
    bool internal = false;               // what it says of its bearer, while it is valid
  };

  VerifiedTokens() : places_(std::make_unique<std::array<Place, kPlaces>>()) {}

  // `hash`: of the token, the same at each call. None: the token was not added, or its place has been taken.
  std::optional<Standing> Find(uint64_t hash, std::string_view token) const;
  void Add(uint64_t hash, std::string_view token, const Standing& standing);

 private:
  using Text = std::array<std::atomic<uint64_t>, kMaxBytes / sizeof(uint64_t)>;
  enum Word : size_t { kHash, kSize, kNotBefore, kExpires, kInternal, kWords };

  // A sequence lock (as in the Linux kernel) whose content is atomic too.
  struct alignas(64) Place {
    ~Place() { delete text.load(std::memory_order_relaxed); }

    std::atomic<uint64_t> sequence{0};  // odd: somebody writes; 0: empty
    std::array<std::atomic<uint64_t>, kWords> words{};
    std::atomic<Text*> text{nullptr};  // set once, with the first token
  };
  Place& PlaceOf(uint64_t hash) const { return (*places_)[hash % kPlaces]; }
  static bool Holds(const Text& text, std::string_view token);
  static void Write(std::string_view token, Text& text);

  const std::unique_ptr<std::array<Place, kPlaces>> places_;
};

}  // namespace huidu::front
