#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace huidu::samples {

// Words for what must not stand in clear: the same word for the same bytes, and no way back without the key, which
// stays on this machine (HMAC-SHA256, RFC 2104, cut to 128 bits). A hash without a key would be no secret: user ids and
// telephone numbers are few enough to try them all.
// Runs on: any thread; constant once made.
class KeyedHash {
 public:
  // The key of that file; makes one if there is none. Errors: Unavailable (the disk), DataLoss (the file is no key).
  static absl::StatusOr<KeyedHash> Open(const std::string& path);

  explicit KeyedHash(std::string key) : key_(std::move(key)) {}

  // 32 hexadecimal digits.
  std::string Of(std::string_view bytes) const;

 private:
  std::string key_;
};

}  // namespace huidu::samples
