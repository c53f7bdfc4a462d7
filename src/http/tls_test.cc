// The same server behind TLS, with a certificate made on the spot.

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>

#include "http/testing/sample_handler.h"
#include "http/testing/test_client.h"
#include "http/testing/test_server.h"

namespace huidu::http {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;

// A self-signed certificate and its key, in files that go away with this.
class Certificate {
 public:
  Certificate() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* cert = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    Write(cert_file_, [&](FILE* file) { PEM_write_X509(file, cert); });
    Write(key_file_, [&](FILE* file) { PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(cert);
    EVP_PKEY_free(key);
  }
  ~Certificate() {
    ::unlink(cert_file_.c_str());
    ::unlink(key_file_.c_str());
  }

  ServerOptions Options() const {
    return {.linger_timeout = std::chrono::milliseconds(50), .tls_cert_file = cert_file_, .tls_key_file = key_file_};
  }

 private:
  template <typename Writer>
  static void Write(const std::string& name, Writer writer) {
    FILE* file = std::fopen(name.c_str(), "w");
    ASSERT_NE(file, nullptr) << name;
    writer(file);
    std::fclose(file);
  }

  const std::string prefix_ = ::testing::TempDir() + "huidu-tls-" + std::to_string(::getpid());
  const std::string cert_file_ = prefix_ + ".crt";
  const std::string key_file_ = prefix_ + ".key";
};

TEST(TlsTest, AnswersOverTls) {
  const Certificate certificate;
  SampleHandler handler;
  TestServer server(handler, certificate.Options());
  ASSERT_TRUE(server.listening().ok()) << server.listening().status();

  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  asio::ssl::stream<asio::ip::tcp::socket> client(io, context);
  client.lowest_layer().connect({asio::ip::address_v4::loopback(), server.port()});
  client.handshake(asio::ssl::stream_base::client);
  std::string received;
  for (int i = 0; i < 3; ++i) {
    const std::string body(100'000, static_cast<char>('a' + i));
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    asio::write(client, asio::buffer(head + body));
    const size_t end = asio::read_until(client, asio::dynamic_buffer(received), body);
    EXPECT_THAT(received.substr(0, 20), HasSubstr("200 OK"));
    received.erase(0, end);
  }
}

TEST(TlsTest, APlainClientIsTurnedAway) {
  const Certificate certificate;
  SampleHandler handler;
  TestServer server(handler, certificate.Options());
  TestClient client(server.port());
  EXPECT_EQ(client.Get("/").status, 0);
  EXPECT_EQ(handler.requests, 0);
}

TEST(TlsTest, AKeyOfAnotherCertificateIsRefused) {
  const Certificate certificate;
  SampleHandler handler;
  ServerOptions options = certificate.Options();
  options.tls_key_file = options.tls_cert_file;
  TestServer server(handler, options);
  EXPECT_THAT(server.listening().status().message(), HasSubstr(options.tls_key_file));
}

}  // namespace
}  // namespace huidu::http
