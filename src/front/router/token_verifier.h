#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "front/router/verified_tokens.h"

namespace huidu::front {

// What makes a JSON Web Token (RFC 7519) one of an internal user.
struct TokenRules {
  struct Claim {
    std::string name;
    std::vector<std::string> values;
  };
  std::string hs256_key;         // empty: HS256 is not believed
  std::string rs256_pem;         // of a public key; empty: RS256 is not believed
  std::vector<Claim> claims;     // any of them is enough
  std::string issuer, audience;  // empty: anything
  std::chrono::seconds leeway{30};
};

// Says of a token whether it is believed and has one of the claims. Believed is: a compact JWS (RFC 7515) whose
// algorithm is HS256 or RS256 and has a key here (a key serves one algorithm, whatever the token's header says), whose
// signature is right, which has "exp" and is valid now, and whose issuer and audience fit. Everything else counts as no
// token at all.
//
// A signature is checked once while the token is among the recent ones; its time is checked at each use.
//
// Runs on: any thread, without a lock. Lives: shared by the routing rules; with new keys comes a new one, which knows
// no token.
class TokenVerifier {
 public:
  static constexpr size_t kMaxBytes = VerifiedTokens::kMaxBytes;  // of a token; a longer one is none

  // Error: InvalidArgument (a key that is none, or too short).
  static absl::StatusOr<std::shared_ptr<const TokenVerifier>> Make(TokenRules rules);
  ~TokenVerifier();

  bool IsInternal(std::string_view token, std::chrono::system_clock::time_point now) const;
  // The same of a header's whole value, "Bearer …".
  bool HeaderIsInternal(std::string_view authorization, std::chrono::system_clock::time_point now) const;

 private:
  struct Key;
  explicit TokenVerifier(TokenRules rules);

  bool SignatureFits(std::string_view algorithm, std::string_view content, std::string_view signature) const;
  // None: it is no token, its signature is wrong, or it does not end.
  std::optional<VerifiedTokens::Standing> Verify(std::string_view token) const;
  bool IsTimely(const VerifiedTokens::Standing& standing, std::chrono::system_clock::time_point now) const;
  bool IsMeantForHere(const nlohmann::json& claims) const;
  bool HasClaim(const nlohmann::json& claims) const;

  const TokenRules rules_;
  const uint64_t seed_;       // a client cannot know which tokens fall together
  std::unique_ptr<Key> rsa_;  // nullptr: none
  mutable VerifiedTokens verified_;
};

}  // namespace huidu::front
