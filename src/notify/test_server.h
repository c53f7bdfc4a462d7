#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"

namespace huidu::notify {

// A request as the server of a test got it.
struct TestRequest {
  std::string head;
  std::string body;

  // The value of a header as it is written; empty if it is not there.
  std::string Header(const std::string& name) const {
    const size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

// One connection, of which one request was read.
class TestConnection {
 public:
  explicit TestConnection(int fd) : fd_(fd) {}

  // False if the client is gone.
  bool Send(const std::string& bytes) const {
    return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  void Answer(int status, const std::string& body = "") const {
    Send(StrCat("HTTP/1.1 ", status, " X\r\nContent-Length: ", body.size(), "\r\nConnection: close\r\n\r\n", body));
  }
  // Until the client has had enough.
  void Hang() const {
    char byte = 0;
    while (recv(fd_, &byte, 1, 0) > 0) {
    }
  }
  TestRequest Read() const {
    TestRequest request;
    char byte = 0;
    while (request.head.find("\r\n\r\n") == std::string::npos && recv(fd_, &byte, 1, 0) == 1) request.head += byte;
    const size_t length = std::strtoul(request.Header("Content-Length").c_str(), nullptr, 10);
    while (request.body.size() < length && recv(fd_, &byte, 1, 0) == 1) request.body += byte;
    return request;
  }

 private:
  const int fd_;
};

// A server on a free loopback port that answers as a test says, well or badly; each connection has a thread.
class TestServer {
 public:
  // `number`: of the request, counted from 1.
  using Behaviour = std::function<void(const TestConnection& connection, int number)>;

  explicit TestServer(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 64), 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  explicit TestServer(int status) : TestServer([status](const TestConnection& c, int) { c.Answer(status); }) {}

  ~TestServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (const int fd : fds_) shutdown(fd, SHUT_RDWR);
    for (std::thread& thread : threads_) thread.join();
    for (const int fd : fds_) close(fd);
    close(listener_);
  }

  std::string Url(const std::string& path = "/hook") const { return StrCat("http://127.0.0.1:", port_, path); }

  // Waits until so many requests have come. The first so many, in the order in which they came.
  std::vector<TestRequest> WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] { return requests_.size() >= count; }));
    return requests_;
  }
  size_t requests() {
    std::lock_guard lock(mutex_);
    return requests_.size();
  }

 private:
  void Accept() {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      fds_.push_back(fd);
      threads_.emplace_back([this, fd] { Serve(fd); });
    }
  }
  void Serve(int fd) {
    const TestConnection connection(fd);
    TestRequest request = connection.Read();
    int number = 0;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(std::move(request));
      number = static_cast<int>(requests_.size());
    }
    changed_.notify_all();
    behaviour_(connection, number);
    shutdown(fd, SHUT_RDWR);
  }

  const Behaviour behaviour_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread acceptor_;
  std::list<std::thread> threads_;
  std::vector<int> fds_;
  std::mutex mutex_;  // guards requests_
  std::condition_variable changed_;
  std::vector<TestRequest> requests_;
};

// A URL on loopback where nobody listens.
inline std::string RefusingUrl() {
  const TestServer gone(200);
  return gone.Url();
}

}  // namespace huidu::notify
