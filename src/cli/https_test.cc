// The client against a server with a certificate that is made on the spot.

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <thread>

#include "base/strings.h"
#include "cli/http_client.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

namespace asio = boost::asio;

// A self-signed certificate for `name` ("IP:127.0.0.1") and its key, in files that go away with this.
class Certificate {
 public:
  explicit Certificate(const char* name) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name);
    X509_add_ext(certificate, names, -1);
    X509_sign(certificate, key, EVP_sha256());
    FILE* file = std::fopen(certificate_file.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(key_file.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_EXTENSION_free(names);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Certificate() {
    unlink(certificate_file.c_str());
    unlink(key_file.c_str());
  }

  const std::string certificate_file = testing::TempDir() + "huidu-cli-" + std::to_string(getpid()) + ".crt";
  const std::string key_file = testing::TempDir() + "huidu-cli-" + std::to_string(getpid()) + ".key";
};

// What a client gets from a server with `certificate`, if it trusts `trusted`.
absl::StatusOr<HttpAnswer> Ask(const Certificate& certificate, const std::string& trusted) {
  setenv("SSL_CERT_FILE", trusted.c_str(), 1);
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  std::thread server([&] {
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain_file(certificate.certificate_file);
    context.use_private_key_file(certificate.key_file, asio::ssl::context::pem);
    asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
    boost::system::error_code error;
    acceptor.accept(stream.next_layer());
    stream.handshake(asio::ssl::stream_base::server, error);
    if (error) return;
    std::string request;
    asio::read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", error);
    asio::write(stream, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")), error);
  });
  const auto url = ParseUrl(StrCat("https://127.0.0.1:", acceptor.local_endpoint().port()));
  auto answer = Send(*url, {.target = "/"}, {});
  server.join();
  unsetenv("SSL_CERT_FILE");
  return answer;
}

TEST(HttpsTest, TalksToAServerItTrusts) {
  const Certificate certificate("IP:127.0.0.1");
  const auto answer = Ask(certificate, certificate.certificate_file);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "secret");
}

TEST(HttpsTest, RefusesAServerThatNobodyVouchesFor) {
  const Certificate certificate("IP:127.0.0.1");
  const auto refused = Ask(certificate, "/dev/null");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(Text(refused.status())), testing::HasSubstr("certificate verify failed"));
}

TEST(HttpsTest, RefusesACertificateForAnotherHost) {
  const Certificate certificate("DNS:elsewhere.example");
  EXPECT_EQ(Ask(certificate, certificate.certificate_file).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace huidu::cli
