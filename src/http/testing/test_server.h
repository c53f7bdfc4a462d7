#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "http/server.h"

namespace huidu::http {

// A server on a free loopback port with threads of its own, for tests.
// Runs on: the test's thread. Lives: in the test; its destructor stops the threads.
class TestServer {
 public:
  explicit TestServer(Handler& handler, ServerOptions options = {}, size_t threads = 1) {
    std::vector<boost::asio::io_context*> ios;
    for (size_t i = 0; i < threads; ++i) {
      ios_.push_back(std::make_unique<boost::asio::io_context>(1));
      ios.push_back(ios_.back().get());
      guards_.push_back(boost::asio::make_work_guard(*ios_.back()));
    }
    server_ = std::make_unique<Server>(ios, handler, std::move(options));
    listening_ = server_->Listen("127.0.0.1", 0);
    for (boost::asio::io_context* io : ios) threads_.emplace_back([io] { io->run(); });
  }

  ~TestServer() {
    if (listening_.ok()) Stop(std::chrono::seconds(0));
    for (auto& io : ios_) io->stop();
    for (auto& thread : threads_) thread.join();
  }

  const absl::StatusOr<uint16_t>& listening() const { return listening_; }
  uint16_t port() const { return listening_.value(); }
  boost::asio::io_context& io() { return *ios_.front(); }
  Server& server() { return *server_; }

  size_t Stop(std::chrono::milliseconds patience) {
    return boost::asio::co_spawn(*ios_.front(), server_->Stop(patience), boost::asio::use_future).get();
  }

 private:
  std::vector<std::unique_ptr<boost::asio::io_context>> ios_;
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
  std::unique_ptr<Server> server_;
  absl::StatusOr<uint16_t> listening_;
  std::vector<std::thread> threads_;
};

}  // namespace huidu::http
