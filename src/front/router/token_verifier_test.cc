#include "front/router/token_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;
using ::testing::HasSubstr;

const std::string kSecret(32, 'k');
const system_clock::time_point kNow{seconds(1'800'000'000)};

std::string Encode(const std::string& bytes) { return absl::WebSafeBase64Escape(bytes); }

std::string Hmac(const std::string& content, const std::string& key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(content.data()),
       content.size(), out.data(), &size);
  return {reinterpret_cast<char*>(out.data()), size};
}

std::string Unsigned(const json& claims, const json& header) {
  return StrCat(Encode(header.dump()), ".", Encode(claims.dump()));
}

std::string Hs256(const json& claims, const json& header = {{"alg", "HS256"}, {"typ", "JWT"}},
                  const std::string& key = kSecret) {
  const std::string content = Unsigned(claims, header);
  return StrCat(content, ".", Encode(Hmac(content, key)));
}

json Claims(json more = json::object()) {
  json claims = {{"groups", {"web", "ocr"}}, {"exp", 1'800'000'100}};
  claims.update(more);
  return claims;
}

TokenRules Rules() { return {.hs256_key = kSecret, .claims = {{"groups", {"ocr", "staff"}}}}; }

bool Accepts(const TokenRules& rules, const std::string& token) {
  const auto verifier = TokenVerifier::Make(rules);
  EXPECT_TRUE(verifier.ok()) << verifier.status();
  return (*verifier)->IsInternal(token, kNow);
}

// A key pair that is made once.
class RsaKey {
 public:
  explicit RsaKey(unsigned int bits) : key_(EVP_RSA_gen(bits)) {}
  ~RsaKey() { EVP_PKEY_free(key_); }

  std::string PublicPem() const {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key_);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string pem(data, static_cast<size_t>(size));
    BIO_free(bio);
    return pem;
  }
  std::string Token(const json& claims, const json& header = {{"alg", "RS256"}}) const {
    const std::string content = Unsigned(claims, header);
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    const auto* const bytes = reinterpret_cast<const unsigned char*>(content.data());
    size_t size = 0;
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_);
    EVP_DigestSign(context, nullptr, &size, bytes, content.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, content.size());
    EVP_MD_CTX_free(context);
    return StrCat(content, ".", Encode(signature));
  }

 private:
  EVP_PKEY* const key_;
};

const RsaKey& Rsa() {
  static const RsaKey key(2048);
  return key;
}

TokenRules RsaRules() { return {.rs256_pem = Rsa().PublicPem(), .claims = {{"groups", {"ocr"}}}}; }

TEST(TokenVerifierTest, BelievesASignedTokenWithTheClaim) {
  EXPECT_TRUE(Accepts(Rules(), Hs256(Claims())));
  EXPECT_TRUE(Accepts(Rules(), Hs256(Claims({{"groups", "staff"}}))));
  EXPECT_TRUE(Accepts(RsaRules(), Rsa().Token(Claims())));
}

TEST(TokenVerifierTest, AnotherClaimOrValueIsNotEnough) {
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims({{"groups", "web"}}))));
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims({{"groups", {{"ocr", true}}}}))));
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims({{"groups", 7}}))));
  EXPECT_FALSE(Accepts(Rules(), Hs256({{"exp", 1'800'000'100}, {"group", "ocr"}})));
}

TEST(TokenVerifierTest, ASignatureMustBeRight) {
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims(), {{"alg", "HS256"}}, std::string(32, 'x'))));
  const std::string good = Hs256(Claims()), other = Hs256(Claims({{"groups", "web"}}));
  const std::string swapped = other.substr(0, other.rfind('.')) + good.substr(good.rfind('.'));
  EXPECT_FALSE(Accepts(Rules(), swapped));
  EXPECT_FALSE(Accepts(Rules(), good.substr(0, good.rfind('.') + 1)));
  EXPECT_FALSE(Accepts(Rules(), good.substr(0, good.size() - 4)));
  const RsaKey stranger(2048);
  EXPECT_FALSE(Accepts(RsaRules(), stranger.Token(Claims())));
}

TEST(TokenVerifierTest, TheAlgorithmIsThatOfTheKey) {
  for (const json& alg : {json("none"), json("None"), json(""), json("HS384"), json(nullptr), json(256)}) {
    EXPECT_FALSE(Accepts(Rules(), Hs256(Claims(), {{"alg", alg}}))) << alg;
    EXPECT_FALSE(Accepts(Rules(), Unsigned(Claims(), {{"alg", alg}}) + ".")) << alg;
  }
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims(), json::object())));
  // The public key is public: nobody may sign with it as if it were a secret.
  EXPECT_FALSE(Accepts(RsaRules(), Hs256(Claims(), {{"alg", "HS256"}}, Rsa().PublicPem())));
  EXPECT_FALSE(Accepts(RsaRules(), Hs256(Claims(), {{"alg", "RS256"}}, Rsa().PublicPem())));
  EXPECT_FALSE(Accepts(Rules(), Rsa().Token(Claims())));
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims(), {{"alg", "HS256"}, {"crit", {"b64"}}, {"b64", false}})));
}

TEST(TokenVerifierTest, ItIsValidOnlyForItsTime) {
  EXPECT_FALSE(Accepts(Rules(), Hs256({{"groups", "ocr"}}))) << "a token for ever";
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims({{"exp", 1'799'999'970}}))));
  EXPECT_TRUE(Accepts(Rules(), Hs256(Claims({{"exp", 1'799'999'971}})))) << "clocks differ";
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims({{"exp", "1800000100"}}))));
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims({{"nbf", 1'800'000'031}}))));
  EXPECT_TRUE(Accepts(Rules(), Hs256(Claims({{"nbf", 1'800'000'030}}))));
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims({{"nbf", "now"}}))));
}

TEST(TokenVerifierTest, ATokenThatIsKnownIsStillValidOnlyForItsTime) {
  const auto verifier = *TokenVerifier::Make(Rules());
  const std::string token = Hs256(Claims({{"nbf", 1'799'999'900}})), other = Hs256(Claims({{"groups", "web"}}));
  for (int again = 0; again < 2; ++again) {
    EXPECT_TRUE(verifier->IsInternal(token, kNow));
    EXPECT_TRUE(verifier->IsInternal(token, kNow + seconds(129)));
    EXPECT_FALSE(verifier->IsInternal(token, kNow + seconds(130))) << "over, with the leeway";
    EXPECT_FALSE(verifier->IsInternal(token, kNow - seconds(131))) << "not valid yet";
    EXPECT_FALSE(verifier->IsInternal(other, kNow)) << "known, and not internal";
  }
}

TEST(TokenVerifierTest, ATokenThatIsKnownHelpsNoOtherOne) {
  const auto verifier = *TokenVerifier::Make(Rules());
  const std::string token = Hs256(Claims());
  const std::string forged = Hs256(Claims(), {{"alg", "HS256"}}, std::string(32, 'x'));
  EXPECT_TRUE(verifier->IsInternal(token, kNow));
  for (int again = 0; again < 2; ++again) {
    EXPECT_FALSE(verifier->IsInternal(forged, kNow));
    EXPECT_FALSE(verifier->IsInternal(token.substr(0, token.size() - 1), kNow));
    EXPECT_FALSE(verifier->IsInternal(token + "A", kNow));
  }
  TokenRules changed = Rules();
  changed.hs256_key = std::string(32, 'n');
  EXPECT_FALSE((*TokenVerifier::Make(changed))->IsInternal(token, kNow)) << "new keys know no token";
}

TEST(TokenVerifierTest, IssuerAndAudienceMustFitWhereTheyAreAskedFor) {
  TokenRules rules = Rules();
  rules.issuer = "https://sso";
  rules.audience = "huidu";
  EXPECT_TRUE(Accepts(rules, Hs256(Claims({{"iss", "https://sso"}, {"aud", "huidu"}}))));
  EXPECT_TRUE(Accepts(rules, Hs256(Claims({{"iss", "https://sso"}, {"aud", {"a", "huidu"}}}))));
  EXPECT_FALSE(Accepts(rules, Hs256(Claims({{"iss", "https://sso"}, {"aud", "mail"}}))));
  EXPECT_FALSE(Accepts(rules, Hs256(Claims({{"iss", "https://evil"}, {"aud", "huidu"}}))));
  EXPECT_FALSE(Accepts(rules, Hs256(Claims())));
}

TEST(TokenVerifierTest, WhatIsNoTokenIsNone) {
  const std::string good = Hs256(Claims());
  for (const std::string& token :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"), std::string("a.b.c"), good + ".x",
        good + "=", "e30." + good, good.substr(good.find('.')), std::string(100'000, 'a'),
        StrCat(good.substr(0, 4), "+/", good.substr(6)), std::string("\xff.\xff.\xff")}) {
    EXPECT_FALSE(Accepts(Rules(), token)) << token.substr(0, 80);
  }
  EXPECT_FALSE(Accepts(Rules(), Hs256(Claims({{"filler", std::string(9000, 'x')}})))) << "too long";
  EXPECT_FALSE(Accepts(Rules(), Hs256(json::array({1})))) << "no object";
}

TEST(TokenVerifierTest, ReadsTheHeadersValue) {
  const auto verifier = *TokenVerifier::Make(Rules());
  const std::string good = Hs256(Claims());
  EXPECT_TRUE(verifier->HeaderIsInternal("Bearer " + good, kNow));
  EXPECT_TRUE(verifier->HeaderIsInternal("bearer   " + good, kNow));
  for (const std::string& value :
       {good, "Basic " + good, std::string("Bearer "), std::string("Bearer"), std::string()}) {
    EXPECT_FALSE(verifier->HeaderIsInternal(value, kNow)) << value;
  }
}

TEST(TokenVerifierTest, RefusesKeysThatAreNone) {
  const auto refusal = [](TokenRules rules) {
    return std::string(Text(TokenVerifier::Make(std::move(rules)).status()));
  };
  EXPECT_THAT(refusal({.hs256_key = std::string(31, 'k')}), HasSubstr("31 bytes; it needs 32"));
  EXPECT_THAT(refusal({.rs256_pem = "no key"}), HasSubstr("no RSA public key"));
  EXPECT_THAT(refusal({.rs256_pem = RsaKey(1024).PublicPem()}), HasSubstr("1024 bits"));
}

}  // namespace
}  // namespace huidu::front
