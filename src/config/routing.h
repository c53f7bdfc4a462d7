#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "config/network.h"

// Who gets which version of a model, as written. What the fields mean is in
// proto/config/model_config.proto.
namespace huidu::config {

struct HeaderValue {
  std::string name;  // in lower case
  std::string value;
};

struct TokenClaim {
  std::string name;
  std::vector<std::string> values;
};

struct TokenClaims {
  std::string hs256_key_file, rs256_key_file;  // empty: not that algorithm
  std::vector<TokenClaim> claims;
  std::string issuer, audience;  // empty: anything
  std::chrono::seconds leeway{30};

  bool IsSet() const { return !hs256_key_file.empty() || !rs256_key_file.empty(); }
};

struct InternalUsers {
  std::vector<HeaderValue> headers;
  std::vector<std::string> users;
  std::vector<std::string> user_files;
  std::vector<Network> networks;
  TokenClaims token;
};

struct Routing {
  enum class Forcing { kEveryone, kInternalUsers, kTokenHolders, kNobody };
  Forcing forcing = Forcing::kEveryone;
  std::vector<std::string> token_files;
  InternalUsers internal;
  bool internal_users_enabled = true;
  std::vector<Network> trusted_proxies;
  bool sticky = true;
  std::string user_header = "x-user-id";  // in lower case
  std::string user_cookie;
};

struct Weight {
  std::string version;
  uint32_t share = 0;  // of 10,000: 100 is 1 %
};

}  // namespace huidu::config
