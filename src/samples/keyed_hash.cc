#include "samples/keyed_hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "absl/strings/escaping.h"
#include "base/status.h"
#include "base/strings.h"
#include "samples/private_file.h"

namespace huidu::samples {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kHashBytes = 16;

}  // namespace

absl::StatusOr<KeyedHash> KeyedHash::Open(const std::string& path) {
  absl::StatusOr<std::string> key = ReadWholeFile(path, kKeyBytes);
  if (absl::IsNotFound(key.status())) {
    std::string fresh(kKeyBytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(fresh.data()), kKeyBytes) != 1) {
      return absl::UnavailableError("the machine gives no random bytes for the key of samples");
    }
    HUIDU_RETURN_IF_ERROR(WritePrivateFile(path, fresh));
    return KeyedHash(std::move(fresh));
  }
  if (!key.ok()) return key.status();
  if (key->size() == kKeyBytes) return KeyedHash(*std::move(key));
  return absl::DataLossError(StrCat(path, ": expected a key of ", kKeyBytes, " bytes, found ", key->size(),
                                    "; remove the file: then users get new hashes"));
}

std::string KeyedHash::Of(std::string_view bytes) const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
       bytes.size(), digest, &length);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), kHashBytes});
}

}  // namespace huidu::samples
