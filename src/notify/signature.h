#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace huidu::notify {

// By which a receiver knows that a message is ours, and not an old one sent again:
//   X-Huidu-Timestamp: 1763780000        Unix seconds when this attempt was sent
//   X-Huidu-Signature: sha256=<64 hex>   HMAC-SHA256, keyed with the shared secret, of "<timestamp>.<body>"
// The receiver computes the same from the header, a full stop and the body as it came, compares in constant time, and
// refuses timestamps that are more than some minutes off.
std::string Sign(std::string_view secret, int64_t timestamp, std::string_view body);

}  // namespace huidu::notify
