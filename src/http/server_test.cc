#include "http/server.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "http/testing/sample_handler.h"
#include "http/testing/test_client.h"
#include "http/testing/test_server.h"

namespace huidu::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// A timeout that passes while a test looks on, and a sweep that sees it at once.
constexpr milliseconds kSoon(30);
constexpr milliseconds kSweep(1);

TEST(ServerTest, AnswersSeveralRequestsOnOneConnection) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    const TestReply reply = client.Get("/hello");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "GET /hello");
    EXPECT_EQ(reply.headers.count("connection"), 0u);
    EXPECT_EQ(reply.headers.count("date"), 1u);
  }
  EXPECT_EQ(server.server().connections(), 1u);
}

TEST(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient client(server.port());
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    const std::string body = std::to_string(i);
    requests += "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    requests += "\r\n";  // a client that ends its body with an empty line
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.Receive().body, std::to_string(i));
}

TEST(ServerTest, ConnectionsAreSharedByAllThreads) {
  SampleHandler handler;
  TestServer server(handler, {}, 3);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 9; ++i) clients.push_back(std::make_unique<TestClient>(server.port()));
  for (auto& client : clients) EXPECT_EQ(client->Get("/").status, 200);
  EXPECT_EQ(server.server().connections(), 9u);
}

TEST(ServerTest, TheAnswerToHeadHasNoBody) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient client(server.port());
  client.Send("HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.Receive(/*to_head=*/true).headers["content-length"], "10");
  EXPECT_EQ(client.Get("/next").body, "GET /next");
}

TEST(ServerTest, ClosesWhenTheClientAsksForIt) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient client(server.port());
  EXPECT_EQ(client.Get("/", "Connection: close\r\n").headers["connection"], "close");
  EXPECT_TRUE(client.ReceivesEnd());
}

TEST(ServerTest, Http10ClosesUnlessAskedToKeepAlive) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient client(server.port());
  client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.Receive().headers["connection"], "keep-alive");
  client.Send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.Receive().headers["connection"], "close");
  EXPECT_TRUE(client.ReceivesEnd());
}

TEST(ServerTest, WritesPiecesThatStandElsewhere) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient client(server.port());
  EXPECT_EQ(client.Get("/gather").body, "abcd");
}

TEST(ServerTest, AnExceptionInAHandlerIsA500AndTheConnectionLives) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient client(server.port());
  const TestReply reply = client.Get("/throw");
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, HasSubstr(R"({"error":)"));
  EXPECT_EQ(reply.body.find("bug"), std::string::npos);
  EXPECT_EQ(client.Get("/").status, 200);
}

TEST(ServerTest, WhatIsNoHttpGetsA400) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient client(server.port());
  client.Send("this is not HTTP\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 400);
  EXPECT_TRUE(client.ReceivesEnd());
  EXPECT_EQ(handler.requests, 0);
}

TEST(ServerTest, AHeaderBombGetsA431) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient long_line(server.port());
  long_line.Send("GET / HTTP/1.1\r\nHost: t\r\nx: " + std::string(100'000, 'x'));
  EXPECT_EQ(long_line.Receive().status, 431);
  TestClient many_lines(server.port());
  std::string headers = "GET / HTTP/1.1\r\nHost: t\r\n";
  for (int i = 0; i < 5'000; ++i) headers += "x: y\r\n";
  many_lines.Send(headers);
  EXPECT_EQ(many_lines.Receive().status, 431);
  EXPECT_EQ(handler.requests, 0);
}

TEST(ServerTest, ASlowHeadGetsA408) {
  SampleHandler handler;
  TestServer server(handler, {.header_timeout = kSoon, .sweep_interval = kSweep});
  TestClient client(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: t\r\nHos");
  EXPECT_EQ(client.Receive().status, 408);
  EXPECT_TRUE(client.ReceivesEnd());
}

TEST(ServerTest, AnIdleConnectionIsClosedWithoutAWord) {
  SampleHandler handler;
  TestServer server(handler, {.idle_timeout = kSoon, .sweep_interval = kSweep});
  TestClient fresh(server.port());
  EXPECT_TRUE(fresh.ReceivesEnd());
  // A busy machine may take longer to send than the server waits: then another connection.
  std::unique_ptr<TestClient> used;
  do {
    used = std::make_unique<TestClient>(server.port());
  } while (used->Get("/").status != 200);
  EXPECT_TRUE(used->ReceivesEnd());
}

TEST(ServerTest, AClientThatDoesNotTakeItsAnswerIsDropped) {
  SampleHandler handler;
  TestServer server(handler, {.stall_timeout = kSoon, .linger_timeout = kSoon, .sweep_interval = kSweep});
  TestClient client(server.port());
  // More answers than the kernel's buffers hold, and nobody reads.
  for (int i = 0; i < 200; ++i) client.Send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n");
  while (handler.requests == 0 || server.server().connections() > 0) std::this_thread::yield();
  EXPECT_LT(handler.requests, 200);
}

TEST(ServerTest, AClientThatTakesItsAnswerTooSlowlyIsDropped) {
  SampleHandler handler;
  // No reader is this fast, and this one never pauses for long.
  TestServer server(handler,
                    {.stall_timeout = kSoon, .min_bytes_per_second = uint64_t{1} << 50, .sweep_interval = kSweep});
  TestClient client(server.port());
  client.Send("GET /huge HTTP/1.1\r\nHost: t\r\n\r\n");
  size_t taken = 0;
  while (true) {
    const size_t n = client.ReceiveSome().size();
    if (n == 0) break;
    taken += n;
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_LT(taken, size_t{64} << 20);
}

TEST(ServerTest, TooManyConnectionsAreRefusedWith503) {
  SampleHandler handler;
  ServerOptions options;
  options.max_connections = 1;
  TestServer server(handler, options);
  TestClient first(server.port());
  EXPECT_EQ(first.Get("/").status, 200);
  TestClient second(server.port());
  EXPECT_EQ(second.Receive().status, 503);
  EXPECT_EQ(first.Get("/").status, 200);
}

TEST(ServerTest, APortInUseIsNamedInTheError) {
  SampleHandler handler;
  TestServer server(handler);
  boost::asio::io_context io;
  Server second({&io}, handler, {});
  const auto port = second.Listen("127.0.0.1", server.port());
  EXPECT_EQ(port.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(port.status().message(), HasSubstr(std::to_string(server.port())));
  EXPECT_THAT(port.status().message(), HasSubstr("another port"));
}

TEST(ServerTest, ABadHostOrTlsFileIsAnError) {
  SampleHandler handler;
  EXPECT_FALSE(TestServer(handler, {.tls_cert_file = "/nowhere.pem"}).listening().ok());
  TestServer server(handler, {.tls_cert_file = "/nowhere.pem", .tls_key_file = "/nowhere.key"});
  EXPECT_THAT(server.listening().status().message(), HasSubstr("/nowhere.pem"));
  boost::asio::io_context io;
  EXPECT_FALSE(Server({&io}, handler, {}).Listen("not a host", 0).ok());
}

TEST(ServerTest, StopLetsARequestInFlightFinish) {
  SampleHandler handler;
  TestServer server(handler, {}, 2);
  TestClient idle(server.port());
  EXPECT_EQ(idle.Get("/").status, 200);
  TestClient busy(server.port());
  busy.Send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
  while (!handler.waiting) std::this_thread::yield();
  auto stopped =
      boost::asio::co_spawn(server.io(), server.server().Stop(milliseconds(60'000)), boost::asio::use_future);
  EXPECT_TRUE(idle.ReceivesEnd());
  handler.go_on = true;
  const TestReply reply = busy.Receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("connection"), "close");
  EXPECT_EQ(stopped.get(), 0u);
  TestClient late(server.port());
  EXPECT_EQ(late.Get("/").status, 0);
}

TEST(ServerTest, StopCutsOffWhatDoesNotFinish) {
  SampleHandler handler;
  TestServer server(handler);
  TestClient client(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: t\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\nhalf a he");
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_EQ(server.Stop(milliseconds(20)), 1u);
  EXPECT_EQ(server.server().connections(), 0u);
}

}  // namespace
}  // namespace huidu::http
