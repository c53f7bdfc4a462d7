#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <vector>

#include "http/lane.h"
#include "http/server.h"

namespace huidu::http {

// What a server and its connections share.
// Runs on: the acceptor on the first lane's thread; `open` anywhere.
// Lives:   until the server and its last connection are gone.
struct ServerState {
  ServerState(Handler& the_handler, ServerOptions the_options)
      : handler(the_handler), options(std::move(the_options)) {}

  Handler& handler;
  const ServerOptions options;
  std::unique_ptr<boost::asio::ssl::context> tls;  // null: plain
  std::vector<std::shared_ptr<Lane>> lanes;
  std::unique_ptr<boost::asio::ip::tcp::acceptor> acceptor;
  size_t next_lane = 0;
  std::atomic<size_t> open{0};  // connections
};

}  // namespace huidu::http
