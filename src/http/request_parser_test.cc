#include "http/request_parser.h"

#include <gmock/gmock.h>

namespace huidu::http {
namespace {

using ::testing::HasSubstr;

constexpr size_t kLimit = 4096;

struct Parsed {
  Request request;
  std::optional<RequestParser> parser;
  absl::StatusOr<size_t> taken = 0;
};

// `text` must outlive the result.
std::unique_ptr<Parsed> Parse(const std::string& text) {
  auto parsed = std::make_unique<Parsed>();
  parsed->parser.emplace(parsed->request, kLimit);
  size_t used = 0;
  while (!parsed->parser->head_done()) {
    parsed->taken = parsed->parser->ParseHead(std::string_view(text).substr(used));
    if (!parsed->taken.ok() || *parsed->taken == 0) break;
    used += *parsed->taken;
  }
  if (parsed->taken.ok()) parsed->taken = used;
  return parsed;
}

int StatusFor(const std::string& text) {
  const auto parsed = Parse(text);
  return parsed->taken.ok() ? 200 : StatusOf(parsed->taken.status());
}

TEST(RequestParserTest, ReadsTheHeadAndLeavesTheBody) {
  const std::string text =
      "POST /v2/a%20b?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc";
  const auto parsed = Parse(text);
  ASSERT_TRUE(parsed->taken.ok()) << parsed->taken.status();
  EXPECT_EQ(*parsed->taken, text.size() - 3);
  EXPECT_EQ(parsed->request.method, "POST");
  EXPECT_EQ(parsed->request.path, "/v2/a b");
  EXPECT_EQ(parsed->request.raw_query, "x=1");
  EXPECT_EQ(parsed->request.Header("host"), "h");
  EXPECT_EQ(parsed->parser->content_length(), 3u);
  EXPECT_TRUE(parsed->parser->expects_continue());
  EXPECT_TRUE(parsed->parser->keep_alive());
}

TEST(RequestParserTest, GoesOnWhereTheBytesEnded) {
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\nx: y\r\n\r\n";
  Request request;
  RequestParser parser(request, kLimit);
  size_t used = 0;
  for (size_t there = 1; there <= text.size(); ++there) {
    const auto taken = parser.ParseHead(std::string_view(text).substr(used, there - used));
    ASSERT_TRUE(taken.ok()) << taken.status();
    used += *taken;
    ASSERT_EQ(parser.head_done(), there == text.size()) << there;
  }
  EXPECT_EQ(request.Header("x"), "y");
}

TEST(RequestParserTest, AHeadRequestLooksLikeGet) {
  const std::string text = "HEAD / HTTP/1.1\r\nHost: t\r\n\r\n";
  const auto parsed = Parse(text);
  EXPECT_EQ(parsed->request.method, "GET");
  EXPECT_TRUE(parsed->parser->is_head());
}

TEST(RequestParserTest, AProxysFormOfTheTargetIsUnderstood) {
  const std::string text = "GET http://host:80/a/b?c HTTP/1.1\r\nHost: t\r\n\r\n";
  const auto parsed = Parse(text);
  EXPECT_EQ(parsed->request.path, "/a/b");
  EXPECT_EQ(parsed->request.raw_query, "c");
}

TEST(RequestParserTest, RefusesWhatCouldSmuggleASecondRequest) {
  EXPECT_EQ(StatusFor("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(StatusFor("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: identity\r\n\r\n"), 501);
  EXPECT_EQ(StatusFor("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor("POST / HTTP/1.1\r\nHost: t\r\nContent-Length : 3\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nHost: t\r\nx: a\r\n b\r\n\r\n"), 400);  // folded
}

TEST(RequestParserTest, RefusesWhatIsNoHttp) {
  EXPECT_EQ(StatusFor("\x16\x03\x01\x02 TLS, perhaps\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor("GET /\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nx: y\r\n\r\n"), 400);  // RFC 9112, 3.2
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor("GET /%zz HTTP/1.1\r\nHost: t\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nHost: t\r\nExpect: magic\r\n\r\n"), 417);
  EXPECT_EQ(StatusFor("GET /" + std::string(kLimit, 'a') + " HTTP/1.1\r\nHost: t\r\n\r\n"), 431);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nHost: t\r\nx: " + std::string(kLimit, 'a') + "\r\n\r\n"), 431);
}

// Feeds `text` in pieces of `piece` bytes and reads through a window of `window` bytes.
absl::StatusOr<std::string> DecodeChunks(const std::string& text, size_t piece, size_t window) {
  const std::string head = "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  auto parsed = Parse(head);
  std::string out;
  std::string room(window, '\0');
  size_t begin = 0;
  size_t end = 0;
  while (!parsed->parser->chunks_done()) {
    const auto step = parsed->parser->DecodeChunks(std::string_view(text).substr(begin, end - begin),
                                                   std::as_writable_bytes(std::span(room)));
    if (!step.ok()) return step.status();
    out.append(room, 0, step->produced);
    begin += step->consumed;
    if (step->consumed > 0) continue;
    if (end == text.size()) return absl::OutOfRangeError("cut off");
    end = std::min(end + piece, text.size());
  }
  return out;
}

TEST(RequestParserTest, DecodesChunksHoweverTheyArrive) {
  const std::string text = "5;name=\"x\"\r\nhello\r\n1\r\n,\r\nA\r\n 0123 5678\r\n0\r\nTrailer: t\r\n\r\n";
  for (const size_t piece : {1, 2, 3, 7, 1000}) {
    for (const size_t window : {1, 4, 1000}) {
      const auto body = DecodeChunks(text, piece, window);
      ASSERT_TRUE(body.ok()) << body.status() << " in pieces of " << piece;
      EXPECT_EQ(*body, "hello, 0123 5678");
    }
  }
}

TEST(RequestParserTest, DamagedChunksAreRefused) {
  EXPECT_EQ(StatusOf(DecodeChunks("x\r\n", 100, 100).status()), 400);
  EXPECT_EQ(StatusOf(DecodeChunks("3\r\nabcd\r\n", 100, 100).status()), 400);
  EXPECT_EQ(StatusOf(DecodeChunks("10000000000000000\r\n", 100, 100).status()), 400);
  EXPECT_THAT(DecodeChunks("5\r\nhel", 100, 100).status().message(), HasSubstr("cut off"));
}

}  // namespace
}  // namespace huidu::http
