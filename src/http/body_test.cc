// Bodies as they come over a real socket.

#include <gmock/gmock.h>

#include "http/gzip.h"
#include "http/testing/sample_handler.h"
#include "http/testing/test_client.h"
#include "http/testing/test_server.h"

namespace huidu::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::string Compressed(std::string_view text, Coding coding = Coding::kGzip) {
  Deflater deflater(coding);
  deflater.Add(std::as_bytes(std::span(text)));
  return deflater.Finish();
}

std::string Inflated(std::string_view text) {
  Inflater inflater;
  std::string out(10 << 20, '\0');
  const auto step = inflater.Decode(std::as_bytes(std::span(text)), std::as_writable_bytes(std::span(out)));
  if (!step.ok() || !inflater.done()) return "damaged";
  return out.substr(0, step->produced);
}

class BodyTest : public ::testing::Test {
 protected:
  SampleHandler handler_;
  TestServer server_{handler_};
  TestClient client_{server_.port()};
};

TEST_F(BodyTest, ALargeBodyComesBackWhole) {
  std::string text;
  while (text.size() < 900'000) text += std::to_string(text.size());
  EXPECT_EQ(client_.Post("/echo", text).body, text);
  EXPECT_EQ(client_.Post("/echo", "").body, "");
  EXPECT_EQ(client_.Get("/").status, 200);
}

TEST_F(BodyTest, ABodyMayComeByteForByte) {
  client_.Send("POST /four HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\n");
  for (const char* byte : {"a", "b", "c", "d"}) client_.Send(byte);
  EXPECT_EQ(client_.Receive().body, "abcd");
}

TEST_F(BodyTest, AChunkedBodyIsPutTogether) {
  client_.Send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\n");
  client_.Send("de\r\n0\r\n\r\n");
  EXPECT_EQ(client_.Receive().body, "abcde");
  client_.Send("POST /four HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
  EXPECT_EQ(client_.Receive().body, "abcd");
  EXPECT_EQ(client_.Get("/").status, 200);
}

TEST_F(BodyTest, ALargeChunkedBodyPassesThroughASmallBuffer) {
  const std::string text(700'000, 'c');
  client_.Send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\naae60\r\n" + text +
               "\r\n0\r\n\r\n");
  EXPECT_EQ(client_.Receive().body, text);
}

TEST_F(BodyTest, ADamagedChunkIsA400) {
  client_.Send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
  EXPECT_EQ(client_.Receive().status, 400);
  EXPECT_TRUE(client_.ReceivesEnd());
}

TEST_F(BodyTest, AChunkHeaderWithoutEndIsA400) {
  client_.Send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x'));
  EXPECT_EQ(client_.Receive().status, 400);
}

TEST_F(BodyTest, ContinueIsSentWhenTheHandlerReads) {
  client_.Send("POST /four HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client_.ReceiveHead().status, 100);
  client_.Send("abcd");
  EXPECT_EQ(client_.Receive().body, "abcd");
  EXPECT_EQ(client_.Get("/").status, 200);
}

TEST_F(BodyTest, ARefusedRequestNeverUploads) {
  client_.Send("POST /ignored HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client_.Receive().headers["connection"], "close");
}

TEST_F(BodyTest, TwoGigabytesAreRefusedUnread) {
  client_.Send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2147483648\r\n\r\nsome");
  const TestReply reply = client_.Receive();
  EXPECT_EQ(reply.status, 413);
  EXPECT_THAT(reply.body, HasSubstr("2147483648"));
  EXPECT_EQ(handler_.requests, 0);
}

TEST_F(BodyTest, TheHandlersOwnLimitHolds) {
  EXPECT_EQ(client_.Post("/echo", std::string(SampleHandler::kMaxEcho + 1, 'x')).status, 413);
  TestClient chunked(server_.port());
  chunked.Send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" +
               std::string(SampleHandler::kMaxEcho + 1, 'x'));
  EXPECT_EQ(chunked.Receive().status, 413);
}

TEST_F(BodyTest, ABodyThatEndsEarlyIsA400) {
  client_.Send("POST /four HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab");
  client_.EndSending();
  const TestReply reply = client_.Receive();
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("ends early"));
  EXPECT_TRUE(client_.ReceivesEnd());
}

TEST_F(BodyTest, ABodyOfAnotherLengthThanExpectedIsA400) {
  EXPECT_EQ(client_.Post("/four", "abc").status, 400);
  TestClient more(server_.port());
  EXPECT_EQ(more.Post("/four", "abcde").status, 400);
}

TEST_F(BodyTest, ASmallUnreadBodyDoesNotEndTheConnection) {
  EXPECT_EQ(client_.Post("/ignored", std::string(30'000, 'x')).status, 200);
  EXPECT_EQ(client_.Get("/").status, 200);
}

TEST_F(BodyTest, ALargeUnreadBodyEndsTheConnectionBehindTheAnswer) {
  client_.Send("POST /ignored HTTP/1.1\r\nHost: t\r\nContent-Length: 4000000\r\n\r\n");
  client_.Send(std::string(4'000'000, 'x'));
  EXPECT_EQ(client_.Receive().headers["connection"], "close");
}

TEST_F(BodyTest, CompressedBodiesAreRead) {
  const std::string text(500'000, 'z');
  EXPECT_EQ(client_.Post("/echo", Compressed(text), "Content-Encoding: gzip\r\n").body, text);
  EXPECT_EQ(client_.Post("/echo", Compressed(text, Coding::kDeflate), "Content-Encoding: deflate\r\n").body, text);
  EXPECT_EQ(client_.Post("/four", Compressed("abcd"), "Content-Encoding: gzip\r\n").body, "abcd");
}

TEST_F(BodyTest, AGzipBodyMayHaveSeveralMembers) {
  const std::string members = Compressed("ab") + Compressed("") + Compressed("cd");
  EXPECT_EQ(client_.Post("/four", members, "Content-Encoding: gzip\r\n").body, "abcd");
  EXPECT_EQ(client_.Post("/echo", members, "Content-Encoding: gzip\r\n").body, "abcd");
  const std::string large(500'000, 'z');
  EXPECT_EQ(client_.Post("/echo", Compressed(large) + Compressed(large), "Content-Encoding: gzip\r\n").body,
            large + large);
  TestClient cut_off(server_.port());
  const TestReply early = cut_off.Post("/echo", members.substr(0, members.size() - 3), "Content-Encoding: gzip\r\n");
  EXPECT_EQ(early.status, 400);
  EXPECT_THAT(early.body, HasSubstr("ends early"));
  TestClient two_deflates(server_.port());
  const std::string deflated = Compressed("ab", Coding::kDeflate) + Compressed("cd", Coding::kDeflate);
  EXPECT_EQ(two_deflates.Post("/echo", deflated, "Content-Encoding: deflate\r\n").status, 400);
}

TEST_F(BodyTest, ManyGzipMembersAreABombToo) {
  std::string bomb;
  for (int i = 0; i < 20; ++i) bomb += Compressed(std::string(1 << 20, '\0'));
  EXPECT_EQ(client_.Post("/echo", bomb, "Content-Encoding: gzip\r\n").status, 413);
}

TEST_F(BodyTest, ACompressionBombIsA413) {
  const std::string bomb = Compressed(std::string(20 << 20, '\0'));
  EXPECT_EQ(client_.Post("/echo", bomb, "Content-Encoding: gzip\r\n").status, 413);
}

TEST_F(BodyTest, ADamagedCompressedBodyIsA400) {
  EXPECT_EQ(client_.Post("/echo", "no gzip", "Content-Encoding: gzip\r\n").status, 400);
  TestClient cut_off(server_.port());
  const std::string compressed = Compressed("abcdefghijkl");
  const TestReply reply =
      cut_off.Post("/echo", std::string_view(compressed).substr(0, 15), "Content-Encoding: gzip\r\n");
  EXPECT_EQ(reply.status, 400);
  TestClient tail(server_.port());
  EXPECT_EQ(tail.Post("/echo", compressed + "more", "Content-Encoding: gzip\r\n").status, 400);
}

TEST_F(BodyTest, AnUnknownCodingIsA415) {
  EXPECT_EQ(client_.Post("/echo", "x", "Content-Encoding: br\r\n").status, 415);
  EXPECT_EQ(handler_.requests, 0);
}

TEST_F(BodyTest, AnAnswerIsCompressedForWhoAsksForIt) {
  const TestReply plain = client_.Get("/large");
  EXPECT_EQ(plain.headers.count("content-encoding"), 0u);
  for (const char* coding : {"gzip", "deflate"}) {
    const TestReply reply = client_.Get("/large", "Accept-Encoding: " + std::string(coding) + "\r\n");
    EXPECT_EQ(reply.headers.at("content-encoding"), coding);
    EXPECT_LT(reply.body.size(), plain.body.size());
    EXPECT_EQ(Inflated(reply.body), plain.body);
  }
  EXPECT_EQ(client_.Get("/small", "Accept-Encoding: gzip\r\n").headers.count("content-encoding"), 0u);
}

TEST(SlowBodyTest, ABodyThatStallsIsA408) {
  SampleHandler handler;
  TestServer server(handler, {.stall_timeout = milliseconds(30), .sweep_interval = milliseconds(1)});
  TestClient client(server.port());
  client.Send("POST /four HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab");
  EXPECT_EQ(client.Receive().status, 408);
}

TEST(SlowBodyTest, ATrickleIsNoExcuse) {
  SampleHandler handler;
  TestServer server(handler, {.stall_timeout = milliseconds(60), .sweep_interval = milliseconds(1)});
  TestClient client(server.port());
  client.Send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
  // A byte every 5 ms never stalls, but it is slower than the least rate. The server's answer ends the loop.
  std::thread trickle([&] {
    for (int i = 0; i < 100'000 && client.Send("x"); ++i) std::this_thread::sleep_for(milliseconds(5));
  });
  EXPECT_EQ(client.Receive().status, 408);
  client.EndSending();
  trickle.join();
}

}  // namespace
}  // namespace huidu::http
