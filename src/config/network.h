#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace huidu::config {

// A block of addresses: those whose first `prefix` bits are those of `address`.
struct Network {
  std::string address;  // "10.0.0.0", "2001:db8::"
  int prefix = 0;       // bits

  std::string Text() const;  // "10.0.0.0/8"
};

// "10.0.0.0/8", "2001:db8::/32", or one address. Runs on: any thread; pure.
// Error: InvalidArgument with what to write instead.
absl::StatusOr<Network> ParseNetwork(std::string_view text);

}  // namespace huidu::config
