#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/body.h"
#include "http/receive_buffer.h"
#include "http/request_parser.h"
#include "http/server_state.h"
#include "http/transport.h"

namespace huidu::http {

// One client: reads a head, lets the handler answer, writes the answer, and again. Requests that are pipelined are
// answered one after the other.
//
// Runs on: its lane's thread.
// Lives:   as long as its coroutine, Run(), which owns it.
// Errors:  whatever the client does ends at worst this connection.
class Connection {
 public:
  Connection(std::shared_ptr<ServerState> server, std::shared_ptr<Lane> lane, Socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  static boost::asio::awaitable<void> Run(std::unique_ptr<Connection> self);

  void Sweep(TimePoint now) { transport_.Sweep(now); }
  void CloseIfIdle();
  void Close() { transport_.Close(); }

 private:
  // The next step after a request.
  enum class Next { kRequest, kClose };
  // Whether ReadHead() found one.
  enum class Head { kThere, kNoMore };

  boost::asio::awaitable<Next> ServeOne();
  boost::asio::awaitable<absl::StatusOr<Head>> ReadHead();
  boost::asio::awaitable<Response> Answer();
  boost::asio::awaitable<Response> CallHandler();
  boost::asio::awaitable<void> Compress(Response& response);
  boost::asio::awaitable<bool> Write(const Response& response, bool keep_alive);
  boost::asio::awaitable<void> Goodbye(bool all_read);

  void SkipEmptyLines();
  void FormatHead(const Response& response, bool keep_alive);
  bool ShouldCompress(const Response& response) const;

  const std::shared_ptr<ServerState> server_;
  const std::shared_ptr<Lane> lane_;
  const std::string peer_;
  Transport transport_;
  ReceiveBuffer buffer_;
  Body body_;
  Request request_;
  std::optional<RequestParser> parser_;
  std::string head_;  // of the answer; kept for its memory
  std::vector<boost::asio::const_buffer> pieces_;
  bool idle_ = true;  // between requests
};

}  // namespace huidu::http
