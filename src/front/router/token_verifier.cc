#include "front/router/token_verifier.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "absl/strings/escaping.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;
using std::chrono::system_clock;

constexpr size_t kShortestSecret = 32;  // RFC 7518, 3.2: as long as the hash
constexpr size_t kLongestSecret = 4096;
constexpr int kShortestRsaBits = 2048;  // RFC 7518, 3.3

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

uint64_t RandomSeed() {
  std::random_device random;
  return (uint64_t{random()} << 32) | random();
}

// Base64url without padding, as tokens have it; strict: only these characters, and no bits that mean nothing.
std::optional<std::string> Decode(std::string_view text) {
  const bool only_letters = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  std::string bytes;
  if (!only_letters || !absl::WebSafeBase64Unescape(ToAbsl(text), &bytes)) return std::nullopt;
  if (FromAbsl(absl::WebSafeBase64Escape(bytes)) != text) return std::nullopt;
  return bytes;
}

// A token's part as a JSON object; null for anything else.
json DecodeObject(std::string_view text) {
  const std::optional<std::string> bytes = Decode(text);
  if (!bytes) return nullptr;
  json object = json::parse(*bytes, nullptr, /*allow_exceptions=*/false);
  return object.is_object() ? object : json(nullptr);
}

std::string TextAt(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Whether a claim is the text or a list that holds it.
bool IsOrHolds(const json& claim, const std::string& text) {
  if (claim.is_string()) return claim.get_ref<const std::string&>() == text;
  return claim.is_array() && std::any_of(claim.begin(), claim.end(), [&](const json& one) {
           return one.is_string() && one.get_ref<const std::string&>() == text;
         });
}

}  // namespace

struct TokenVerifier::Key {
  std::unique_ptr<EVP_PKEY, Free> pkey;
};

TokenVerifier::TokenVerifier(TokenRules rules) : rules_(std::move(rules)), seed_(RandomSeed()) {}
TokenVerifier::~TokenVerifier() = default;

absl::StatusOr<std::shared_ptr<const TokenVerifier>> TokenVerifier::Make(TokenRules rules) {
  const size_t size = rules.hs256_key.size();
  if (size != 0 && (size < kShortestSecret || size > kLongestSecret)) {
    return absl::InvalidArgumentError(
        StrCat("the key of HS256 has ", size, " bytes; it needs ", kShortestSecret, " to ", kLongestSecret));
  }
  std::shared_ptr<TokenVerifier> verifier(new TokenVerifier(std::move(rules)));
  const std::string& pem = verifier->rules_.rs256_pem;
  if (pem.empty()) return verifier;
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  auto key = std::make_unique<Key>();
  key->pkey.reset(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (key->pkey == nullptr || EVP_PKEY_base_id(key->pkey.get()) != EVP_PKEY_RSA) {
    return absl::InvalidArgumentError("the key of RS256 is no RSA public key in PEM (-----BEGIN PUBLIC KEY-----)");
  }
  if (EVP_PKEY_bits(key->pkey.get()) < kShortestRsaBits) {
    return absl::InvalidArgumentError(
        StrCat("the key of RS256 has ", EVP_PKEY_bits(key->pkey.get()), " bits; it needs at least ", kShortestRsaBits));
  }
  verifier->rsa_ = std::move(key);
  return verifier;
}

bool TokenVerifier::HeaderIsInternal(std::string_view authorization, system_clock::time_point now) const {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return false;
  for (size_t i = 0; i < kScheme.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(authorization[i])) != kScheme[i]) return false;
  }
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' ', kScheme.size()), authorization.size()));
  return IsInternal(authorization, now);
}

bool TokenVerifier::IsInternal(std::string_view token, system_clock::time_point now) const {
  if (token.size() > kMaxBytes) return false;
  const uint64_t hash = XXH3_64bits_withSeed(token.data(), token.size(), seed_);
  std::optional<VerifiedTokens::Standing> standing = verified_.Find(hash, token);
  if (!standing) {
    standing = Verify(token);
    if (!standing) return false;  // not remembered: whoever makes up tokens would push the real ones out
    verified_.Add(hash, token, *standing);
  }
  return standing->internal && IsTimely(*standing, now);
}

std::optional<VerifiedTokens::Standing> TokenVerifier::Verify(std::string_view token) const {
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const json header = DecodeObject(token.substr(0, first));
  // "crit" names what a receiver must understand, and this one understands nothing of the kind (RFC 7515, 4.1.11).
  if (header.is_null() || header.contains("crit")) return std::nullopt;
  const std::optional<std::string> signature = Decode(token.substr(second + 1));
  if (!signature || !SignatureFits(TextAt(header, "alg"), token.substr(0, second), *signature)) return std::nullopt;
  const json claims = DecodeObject(token.substr(first + 1, second - first - 1));
  if (claims.is_null()) return std::nullopt;
  const auto exp = claims.find("exp"), nbf = claims.find("nbf");
  if (exp == claims.end() || !exp->is_number()) return std::nullopt;
  if (nbf != claims.end() && !nbf->is_number()) return std::nullopt;
  return VerifiedTokens::Standing{
      .not_before = nbf == claims.end() ? std::numeric_limits<double>::lowest() : nbf->get<double>(),
      .expires = exp->get<double>(),
      .internal = IsMeantForHere(claims) && HasClaim(claims)};
}

bool TokenVerifier::SignatureFits(std::string_view algorithm, std::string_view content,
                                  std::string_view signature) const {
  if (algorithm == "HS256" && !rules_.hs256_key.empty()) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> expected;
    unsigned int size = 0;
    HMAC(EVP_sha256(), rules_.hs256_key.data(), static_cast<int>(rules_.hs256_key.size()), Bytes(content),
         content.size(), expected.data(), &size);
    return size == signature.size() && CRYPTO_memcmp(expected.data(), signature.data(), size) == 0;
  }
  if (algorithm != "RS256" || rsa_ == nullptr) return false;
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  const bool fits =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, rsa_->pkey.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(content), content.size()) == 1;
  ERR_clear_error();  // what a wrong signature leaves behind would be taken for somebody else's error
  return fits;
}

bool TokenVerifier::IsTimely(const VerifiedTokens::Standing& standing, system_clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const double leeway = static_cast<double>(rules_.leeway.count());
  return seconds < standing.expires + leeway && seconds >= standing.not_before - leeway;
}

bool TokenVerifier::IsMeantForHere(const json& claims) const {
  if (!rules_.issuer.empty() && TextAt(claims, "iss") != rules_.issuer) return false;
  if (rules_.audience.empty()) return true;
  const auto aud = claims.find("aud");
  return aud != claims.end() && IsOrHolds(*aud, rules_.audience);
}

bool TokenVerifier::HasClaim(const json& claims) const {
  return std::any_of(rules_.claims.begin(), rules_.claims.end(), [&](const TokenRules::Claim& wanted) {
    const auto found = claims.find(wanted.name);
    return found != claims.end() && std::any_of(wanted.values.begin(), wanted.values.end(),
                                                [&](const std::string& value) { return IsOrHolds(*found, value); });
  });
}

}  // namespace huidu::front
