#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "http/message.h"
#include "http/pace.h"

// A small HTTP/1.1 server: keep-alive, pipelining, chunked and compressed bodies, Expect: 100-continue, TLS.
namespace huidu::http {

// The body of the request at hand, read in order, straight into the caller's memory. Nothing is read before the handler
// asks: a client that waits for "100 Continue" and is refused never sends its body.
//
// Runs on: the connection's thread, inside Handle().
// Lives:   as long as Handle().
// Errors:  a body that is too large (413), damaged (400), too slow (408) or ends early (400). After an error the
//          connection is closed behind the answer; StatusOf() knows the right status, so a handler just returns
//          ErrorResponse(status).
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Bytes as sent; empty for a chunked body. A compressed body will have another length when it is read.
  virtual std::optional<uint64_t> content_length() const = 0;
  // Whether nothing is left to wait for: the rest has come from the network already.
  virtual bool arrived() const { return false; }
  // Fills all of `out`, decompressed. Error: 400 if the body is shorter.
  virtual boost::asio::awaitable<absl::Status> ReadExactly(std::span<std::byte> out) = 0;
  // All that is left, at most `max` bytes. Error: 413 if there is more.
  virtual boost::asio::awaitable<absl::StatusOr<std::string>> ReadAll(size_t max) = 0;
  // Confirms that nothing is left. Error: 400 if there is more.
  virtual boost::asio::awaitable<absl::Status> ExpectEnd() = 0;
};

// What answers requests. One object serves all connections.
// Runs on: the thread of the connection; several at once if the server has several.
// Errors:  an exception that escapes is logged and answered with 500.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual boost::asio::awaitable<Response> Handle(Request& request, BodyReader& body) = 0;
  // The answer to a request that the server refuses itself, as its head is broken or its body too large. Of a broken
  // head nothing is in `request`.
  virtual Response Refuse(const Request& request, const absl::Status& why);
};

struct ServerOptions {
  size_t max_header_bytes = 16 * 1024;               // more is 431
  uint64_t max_body_bytes = uint64_t{512} << 20;     // more is 413, also after decompression
  size_t max_connections = 4096;                     // more are told 503 and closed
  size_t min_compress_bytes = 1024;                  // smaller answers are not worth compressing
  std::chrono::milliseconds header_timeout{10'000};  // from a request's first byte to the end of its head
  std::chrono::milliseconds idle_timeout{120'000};   // between requests
  std::chrono::milliseconds stall_timeout{30'000};   // without one byte of a body, or of an answer taken
  uint64_t min_bytes_per_second = 1024;              // once stall_timeout has passed; large ones must be faster: Pace
  std::chrono::milliseconds linger_timeout{2'000};   // for a refused upload to take note of the answer
  std::chrono::milliseconds sweep_interval{250};     // how often deadlines are looked at
  std::string tls_cert_file;                         // PEM, chain; both or none
  std::string tls_key_file;

  PaceLimits pace() const { return {stall_timeout, min_bytes_per_second}; }
};

struct ServerState;

// Accepts connections and runs one coroutine for each.
//
// Runs on: construct, Listen() and Stop() on one thread; connections are dealt round robin to `threads`, each of them
// an
//          io_context that one thread runs (they may all be the caller's own).
// Lives:   until the awaited Stop() is over, or until every io_context has stopped running. Borrows `threads` and
//          `handler`, which outlive it.
class Server {
 public:
  Server(std::vector<boost::asio::io_context*> threads, Handler& handler, ServerOptions options);
  ~Server();

  // Port 0 takes a free one. Gives the port in use. Errors: InvalidArgument (host, TLS files), AlreadyExists (another
  // program has the port), PermissionDenied.
  absl::StatusOr<uint16_t> Listen(const std::string& host, uint16_t port);

  // Takes no new connection, closes the idle ones, lets requests in flight finish within `patience`, then cuts them
  // off. Gives the number of connections that were cut off. To be awaited outside of the handlers.
  boost::asio::awaitable<size_t> Stop(std::chrono::milliseconds patience);

  size_t connections() const;

 private:
  std::shared_ptr<ServerState> state_;
};

}  // namespace huidu::http
