#pragma once

#include <string>
#include <string_view>

namespace huidu::front {

// What routing may ask about the client behind a request. Each protocol has its own.
// Runs on: the request's thread. Lives: during Router::Admit().
class Caller {
 public:
  virtual ~Caller() = default;
  // A header or gRPC metadata, the first of several; `name` in lower case. Empty if there is none.
  virtual std::string_view Header(std::string_view name) const = 0;
  // All lines of that name in their order, joined by commas, as RFC 9110 (5.3) reads them.
  virtual std::string Joined(std::string_view name) const { return std::string(Header(name)); }
  // The other end of the connection as text: "127.0.0.1:51234", "[::1]:51234", "ipv4:127.0.0.1:51234",
  // "ipv6:%5B::1%5D:1".
  virtual std::string_view Peer() const = 0;
};

}  // namespace huidu::front
