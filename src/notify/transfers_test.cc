#include "notify/transfers.h"

#include <gtest/gtest.h>

#include "notify/test_server.h"

namespace huidu::notify {
namespace {

using std::chrono::milliseconds;

class TransfersTest : public ::testing::Test {
 protected:
  void Start(const std::string& url, milliseconds timeout = milliseconds(30'000)) {
    const size_t at = results_.size();
    results_.push_back({.status = -1});
    PostRequest request{.url = url, .body = R"({"a":1})", .headers = {"X-Test: 1"}, .timeout = timeout};
    transfers_.Start(std::move(request), [this, at](const PostResult& result) { results_[at] = result; });
  }
  void RunAll() {
    while (transfers_.in_flight() > 0) transfers_.Run(milliseconds(1000));
  }
  PostResult Post(const std::string& url, milliseconds timeout = milliseconds(30'000)) {
    Start(url, timeout);
    RunAll();
    return results_.back();
  }

  std::vector<PostResult> results_;
  Transfers transfers_;
};

TEST_F(TransfersTest, PostsJsonAndReadsTheAnswer) {
  TestServer server([](const TestConnection& connection, int) { connection.Answer(201, "thanks"); });
  const PostResult result = Post(server.Url("/hook?x=1"));
  EXPECT_EQ(result.status, 201);
  EXPECT_EQ(result.body, "thanks");
  EXPECT_EQ(result.error, "");
  const TestRequest request = server.WaitFor(1)[0];
  EXPECT_TRUE(request.head.starts_with("POST /hook?x=1 HTTP/1.1\r\n")) << request.head;
  EXPECT_EQ(request.Header("Content-Type"), "application/json");
  EXPECT_EQ(request.Header("X-Test"), "1");
  EXPECT_EQ(request.Header("Expect"), "");
  EXPECT_EQ(request.body, R"({"a":1})");
}

TEST_F(TransfersTest, ARedirectIsAnAnswerAndIsNotFollowed) {
  TestServer other(200);
  TestServer server([&](const TestConnection& connection, int) {
    connection.Send("HTTP/1.1 307 X\r\nLocation: " + other.Url() + "\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_EQ(Post(server.Url()).status, 307);
  EXPECT_EQ(other.requests(), 0u);
}

TEST_F(TransfersTest, SaysWhyThereIsNoAnswer) {
  EXPECT_EQ(Post(RefusingUrl()).error, "Couldn't connect to server");
  EXPECT_EQ(Post("file:///etc/passwd").error, "Unsupported protocol");
  TestServer rude([](const TestConnection&, int) {});
  const PostResult result = Post(rude.Url());
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.error, "Server returned nothing (no headers, no data)");
}

TEST_F(TransfersTest, AServerThatHangsIsLeftAtTheTimeLimit) {
  TestServer server([](const TestConnection& connection, int) { connection.Hang(); });
  EXPECT_EQ(Post(server.Url(), milliseconds(20)).error, "Timeout was reached");
}

TEST_F(TransfersTest, AnAnswerThatDripsIsLeftAtTheTimeLimitToo) {
  TestServer server([](const TestConnection& connection, int) {
    if (!connection.Send("HTTP/1.1 200 X\r\n")) return;
    while (connection.Send("X-Drip: 1\r\n")) usleep(1000);
  });
  const PostResult result = Post(server.Url(), milliseconds(50));
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.error, "Timeout was reached");
}

TEST_F(TransfersTest, OfAHugeAnswerOnlyTheBeginningIsRead) {
  TestServer server([](const TestConnection& connection, int) {
    if (!connection.Send("HTTP/1.1 200 X\r\n\r\n")) return;
    while (connection.Send(std::string(4096, 'x'))) {  // until the client hangs up
    }
  });
  const PostResult result = Post(server.Url());
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.body, std::string(Transfers::kMaxBodyBytes, 'x'));
}

TEST_F(TransfersTest, OneThatHangsHoldsUpNoOther) {
  TestServer slow([](const TestConnection& connection, int) { connection.Hang(); });
  TestServer quick(200);
  Start(slow.Url());
  Start(quick.Url());
  Start(quick.Url());
  while (transfers_.in_flight() > 1) transfers_.Run(milliseconds(1000));
  EXPECT_EQ(results_[0].status, -1);
  EXPECT_EQ(results_[1].status, 200);
  EXPECT_EQ(results_[2].status, 200);
}

TEST_F(TransfersTest, WakeEndsTheWait) {
  std::thread waker([this] { transfers_.Wake(); });
  transfers_.Run(std::chrono::hours(1));
  waker.join();
}

TEST(TransfersEndTest, WhatIsUnderWayIsCutOffAtTheEnd) {
  TestServer server([](const TestConnection& connection, int) { connection.Hang(); });
  bool called = false;
  {
    Transfers transfers;
    transfers.Start({.url = server.Url(), .timeout = milliseconds(600'000)}, [&](const PostResult&) { called = true; });
    while (server.requests() == 0) transfers.Run(milliseconds(10));
  }
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace huidu::notify
