#pragma once

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <span>
#include <string>
#include <tuple>

#include "base/clock.h"
#include "http/pace.h"

namespace huidu::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

// Errors come back as a value, not as an exception.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);
using IoResult = std::tuple<boost::system::error_code, size_t>;

// A TCP or TLS connection whose every wait has a deadline. There is no timer for each operation: the deadline is a
// number that a sweep compares now and then (see Lane).
//
// Runs on: its socket's thread.
// Lives:   in its Connection.
// Errors:  the system's; operation_aborted with expired() if the deadline passed.
class Transport {
 public:
  // `tls` null: plain TCP.
  Transport(Socket socket, boost::asio::ssl::context* tls);

  boost::asio::awaitable<boost::system::error_code> Handshake(TimePoint deadline);
  // At least one byte, or an error.
  boost::asio::awaitable<IoResult> ReadSome(std::span<std::byte> out, TimePoint deadline);
  // All of `buffers`, which it uses up; `limits` say how slowly the peer may take them.
  boost::asio::awaitable<boost::system::error_code> WriteAll(std::span<boost::asio::const_buffer> buffers,
                                                             PaceLimits limits);
  // Says that nothing more will come; the peer may still read what was sent.
  boost::asio::awaitable<void> ShutdownSend(TimePoint deadline);
  void Close();

  // Ends the wait at hand if its deadline has passed.
  void Sweep(TimePoint now);
  bool expired() const { return expired_; }

 private:
  class Wait;  // the deadline stands as long as this does
  size_t TryWrite(std::span<const boost::asio::const_buffer> buffers, boost::system::error_code& error);

  Socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
  TimePoint deadline_ = TimePoint::max();
  bool expired_ = false;
};

}  // namespace huidu::http
