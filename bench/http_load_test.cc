#include "bench/http_load.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace huidu::bench {
namespace {

// What the server does with the n-th request of all: the pieces that it writes, one after the other. It closes the
// connection after an empty one.
using Answers = std::function<std::vector<std::string>(int request)>;

std::string Answer(std::string_view body, std::string_view status = "200 OK", std::string_view version = "v1") {
  return "HTTP/1.1 " + std::string(status) + "\r\nx-model-version: " + std::string(version) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// Serves one connection at a time on a free port.
class ScriptedServer {
 public:
  ScriptedServer(Answers answers, size_t request_bytes) : answers_(std::move(answers)), request_bytes_(request_bytes) {
    listener_ = ipc::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_.get(), 16);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // wakes accept()
    thread_.join();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void Serve() {
    while (true) {
      const ipc::Fd peer(::accept(listener_.get(), nullptr, nullptr));
      if (!peer.valid()) return;
      while (ReadRequest(peer.get()) && WriteAnswer(peer.get())) {
      }
    }
  }
  bool ReadRequest(int fd) const {
    std::vector<char> request(request_bytes_);
    return ::recv(fd, request.data(), request.size(), MSG_WAITALL) == static_cast<ssize_t>(request.size());
  }
  bool WriteAnswer(int fd) {
    for (const std::string& piece : answers_(requests_++)) {
      if (piece.empty()) return false;
      if (::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) return false;
    }
    return true;
  }

  const Answers answers_;
  const size_t request_bytes_;
  ipc::Fd listener_;
  uint16_t port_ = 0;
  int requests_ = 0;
  std::jthread thread_;
};

// The report of so many requests over one connection.
nlohmann::json Load(uint64_t requests, Answers answers, size_t request_bytes = 100) {
  ScriptedServer server(std::move(answers), request_bytes);
  Recorder recorder({.requests = requests});
  Switcher switcher({});
  HttpLoad load({.server = server.address(), .request = std::string(request_bytes, 'r')}, recorder, switcher);
  const absl::Status status = load.Run();
  EXPECT_TRUE(status.ok()) << status;
  return recorder.Report();
}

TEST(HttpLoadTest, CountsAnswersByTheirVersion) {
  const auto report = Load(10, [](int i) { return std::vector{Answer("ok", "200 OK", i < 4 ? "v1" : "v2")}; });
  EXPECT_EQ(report["answered"], 10);
  EXPECT_EQ(report["failed"], 0);
  EXPECT_EQ(report["versions"][0]["answers"], 4);
  EXPECT_EQ(report["versions"][1]["answers"], 6);
}

TEST(HttpLoadTest, TakesAnswersInPiecesAndBodiesLargerThanItsBuffer) {
  const std::string whole = Answer(std::string(1'000'000, 'b'));
  const auto report = Load(5, [&](int) {
    return std::vector{whole.substr(0, 10), whole.substr(10, 60), whole.substr(70, 500'000), whole.substr(500'070)};
  });
  EXPECT_EQ(report["answered"], 5);
  EXPECT_EQ(report["failed"], 0);
}

TEST(HttpLoadTest, SendsRequestsLargerThanTheSocketHolds) {
  const auto report = Load(
      3, [](int) { return std::vector{Answer("ok")}; }, 20'000'000);
  EXPECT_EQ(report["answered"], 3);
}

TEST(HttpLoadTest, CountsAnErrorStatusWithItsText) {
  const auto report = Load(3, [](int i) {
    return std::vector{i == 1 ? Answer(R"({"error":"queue is full"})", "429 Too Many Requests") : Answer("ok")};
  });
  EXPECT_EQ(report["answered"], 2);
  EXPECT_EQ(report["failures"][R"(HTTP 429 {"error":"queue is full"})"], 1);
}

TEST(HttpLoadTest, CountsAConnectionThatClosesBeforeTheAnswerAndGoesOn) {
  const std::string half = Answer("a longer body").substr(0, 60);
  const auto report = Load(4, [&](int i) {
    if (i == 2) return std::vector<std::string>{half, ""};
    return std::vector{Answer("ok")};
  });
  EXPECT_EQ(report["answered"], 3);
  EXPECT_EQ(report["failed"], 1);
}

TEST(HttpLoadTest, ConnectsAgainAfterAnAnswerThatEndsTheConnection) {
  const std::string last = "HTTP/1.1 200 OK\r\nx-model-version: v1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  const auto report = Load(4, [&](int) { return std::vector<std::string>{last, ""}; });
  EXPECT_EQ(report["answered"], 4);
  EXPECT_EQ(report["failed"], 0);
}

TEST(HttpLoadTest, CountsAnAnswerWithoutVersionAsFailed) {
  const std::string anonymous = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  const auto report = Load(2, [&](int) { return std::vector{anonymous}; });
  EXPECT_EQ(report["failures"]["answer without x-model-version"], 2);
}

TEST(HttpLoadTest, SaysThatNobodyListens) {
  Recorder recorder({});
  Switcher switcher({});
  HttpLoad load({.server = "127.0.0.1:1", .request = "r"}, recorder, switcher);
  EXPECT_EQ(load.Run().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace huidu::bench
