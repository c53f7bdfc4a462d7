#include "notify/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "base/strings.h"

namespace huidu::notify {

std::string Sign(std::string_view secret, int64_t timestamp, std::string_view body) {
  const std::string text = StrCat(timestamp, ".", body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length);
  return StrCat("sha256=", absl::BytesToHexString({reinterpret_cast<const char*>(digest), length}));
}

}  // namespace huidu::notify
