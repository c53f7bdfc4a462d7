#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

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
// Runs on: any thread, without a lock. Lives: shared by the routing rules. Costs a check of the signature; nothing is
// kept.
class TokenVerifier {
 public:
  static constexpr size_t kMaxBytes = 8192;  // of a token; a longer one is none

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
  bool IsValid(const nlohmann::json& claims, std::chrono::system_clock::time_point now) const;
  bool HasClaim(const nlohmann::json& claims) const;

  const TokenRules rules_;
  std::unique_ptr<Key> rsa_;  // nullptr: none
};

}  // namespace huidu::front
