#include "cli/http_client.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "cli/test_server.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using testing::HasSubstr;

TEST(UrlTest, TakesHostPortAndPrefixApart) {
  const auto url = ParseUrl("http://huidu.example:18082/behind/proxy/");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->host, "huidu.example");
  EXPECT_EQ(url->port, "18082");
  EXPECT_EQ(url->prefix, "/behind/proxy");
  EXPECT_EQ(ParseUrl("http://localhost")->port, "80");
  EXPECT_EQ(ParseUrl("http://[::1]:8080")->host, "::1");
  EXPECT_EQ(ParseUrl("http://[::1]:8080")->port, "8080");
  EXPECT_EQ(ParseUrl("http://[::1]")->port, "80");
}

TEST(UrlTest, TakesHttpsOnItsOwnPort) {
  const auto url = ParseUrl("https://huidu.example/x");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->prefix, "/x");
  EXPECT_FALSE(ParseUrl("http://huidu.example")->tls);
}

TEST(UrlTest, RefusesWhatItCannotReach) {
  for (const char* text : {"", "localhost:18082", "ftp://localhost", "http://", "http://:80", "http://h:", "http://h:x",
                           "http://h:65536", "http://h:123456", "http://user:secret@h"}) {
    EXPECT_EQ(ParseUrl(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(EncodeTest, LeavesNothingThatHasAMeaningInAUrl) {
  EXPECT_EQ(EncodePathPiece("ocr_v1.2~a-b"), "ocr_v1.2~a-b");
  EXPECT_EQ(EncodePathPiece("a/b?c#d%e+f g"), "a%2Fb%3Fc%23d%25e%2Bf%20g");
  EXPECT_EQ(EncodePathPiece("灰"), "%E7%81%B0");
}

TEST(SendTest, SendsARequestAndGivesTheAnswer) {
  OneAnswerServer server(HttpText(409, "conflict"));
  const auto url = ParseUrl(server.url() + "/base");
  const auto answer =
      Send(*url, {.method = "POST", .target = "/x?y=1", .headers = {{"A-Header", "b"}}, .body = "hello"}, {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 409);
  EXPECT_EQ(answer->body, "conflict");
  EXPECT_EQ(answer->Header("x-thing"), "a");
  EXPECT_EQ(answer->Header("absent"), "");
  EXPECT_THAT(server.request(), HasSubstr("POST /base/x?y=1 HTTP/1.1\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("A-Header: b\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("Host: 127.0.0.1:" + url->port + "\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("\r\n\r\nhello"));
}

TEST(SendTest, SaysWhereNobodyListens) {
  const auto refused = Send(*ParseUrl("http://127.0.0.1:1"), {}, {});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(Text(refused.status())), HasSubstr("cannot reach http://127.0.0.1:1: Connection refused"));
}

TEST(SendTest, RefusesAnAnswerThatIsNoHttpOrTooLarge) {
  OneAnswerServer garbage("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_EQ(Send(*ParseUrl(garbage.url()), {.target = "/"}, {}).status().code(), absl::StatusCode::kInternal);
  OneAnswerServer cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_FALSE(Send(*ParseUrl(cut.url()), {.target = "/"}, {}).ok());
  OneAnswerServer large(HttpText(200, std::string(1000, 'x')));
  EXPECT_FALSE(Send(*ParseUrl(large.url()), {.target = "/"}, {.max_body_bytes = 999}).ok());
}

TEST(SendTest, GivesUpWhenNoAnswerComes) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::address_v4::loopback(), 0});
  const auto url = ParseUrl("http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()));
  EXPECT_EQ(Send(*url, {.target = "/"}, {.timeout = std::chrono::milliseconds(50)}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace huidu::cli
