#pragma once

#include <string>

#include "absl/status/status.h"

namespace huidu::notify {

inline constexpr size_t kMaxUrlBytes = 2048;

// Whether messages can be posted to `url`: http or https, with a host. For the validation of a configuration.
// Error: InvalidArgument, without the URL's path, which often is a secret.
absl::Status CheckUrl(const std::string& url);

// What may be logged of a URL: "https://hooks.example.com:8443", without path, query, user and password.
std::string PublicPart(const std::string& url);

}  // namespace huidu::notify
