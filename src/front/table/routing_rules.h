#pragma once

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace huidu::front {

// A block of addresses, "10.0.0.0/8".
struct AddressBlock {
  boost::asio::ip::address address;
  int prefix = 0;  // bits

  bool Contains(const boost::asio::ip::address& other) const;
};

// Who may have which version of a model, as the configuration says. Plain data.
struct RoutingRules {
  enum class Forcing { kEveryone, kInternalUsers, kTokenHolders, kNobody };
  struct HeaderValue {
    std::string name;  // in lower case
    std::string value;
  };

  Forcing forcing = Forcing::kEveryone;  // who may ask for a version by name
  std::vector<std::string> tokens;       // of token holders, in the header x-huidu-token

  bool internal = true;                       // false: nobody is an internal user
  std::vector<HeaderValue> internal_headers;  // any of them makes one
  std::vector<std::string> internal_users;    // sorted
  std::vector<AddressBlock> internal_networks;
  std::function<bool(std::string_view authorization)> internal_token;  // of the header's value; empty: none makes one
  std::vector<AddressBlock> trusted_proxies;                           // whose x-forwarded-for is believed

  bool sticky = true;                     // false: every request by weight
  std::string user_header = "x-user-id";  // in lower case; gRPC: metadata
  std::string user_cookie;                // empty: none
};

}  // namespace huidu::front
