#include "http/transport.h"

#include <boost/asio/error.hpp>

namespace huidu::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Takes `n` written bytes off the front of `buffers`.
void Consume(std::span<asio::const_buffer>& buffers, size_t n) {
  while (!buffers.empty() && n >= buffers.front().size()) {
    n -= buffers.front().size();
    buffers = buffers.subspan(1);
  }
  if (!buffers.empty()) buffers.front() += n;
}

}  // namespace

class Transport::Wait {
 public:
  Wait(Transport& transport, TimePoint deadline) : transport_(transport) { transport_.deadline_ = deadline; }
  ~Wait() { transport_.deadline_ = TimePoint::max(); }

 private:
  Transport& transport_;
};

Transport::Transport(Socket socket, asio::ssl::context* tls) : socket_(std::move(socket)) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  if (tls != nullptr) tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *tls);
}

asio::awaitable<error_code> Transport::Handshake(TimePoint deadline) {
  if (tls_ == nullptr) co_return error_code();
  const Wait wait(*this, deadline);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kAwait);
  co_return error;
}

asio::awaitable<IoResult> Transport::ReadSome(std::span<std::byte> out, TimePoint deadline) {
  const Wait wait(*this, deadline);
  const asio::mutable_buffer buffer(out.data(), out.size());
  if (tls_ != nullptr) co_return co_await tls_->async_read_some(buffer, kAwait);
  co_return co_await socket_.async_read_some(buffer, kAwait);
}

asio::awaitable<error_code> Transport::WriteAll(std::span<asio::const_buffer> buffers, PaceLimits limits) {
  Pace pace(limits, asio::buffer_size(buffers));
  uint64_t moved = 0;
  Consume(buffers, 0);
  while (!buffers.empty()) {
    error_code error;
    size_t written = TryWrite(buffers, error);
    if (error == asio::error::would_block) {
      const Wait wait(*this, pace.Deadline(Now(), moved));
      const std::span<const asio::const_buffer> rest = buffers;
      if (tls_ != nullptr) {
        std::tie(error, written) = co_await tls_->async_write_some(rest, kAwait);
      } else {
        std::tie(error, written) = co_await socket_.async_write_some(rest, kAwait);
      }
    }
    if (error) co_return error;
    Consume(buffers, written);
    moved += written;
  }
  co_return error_code();
}

// The socket nearly always has room: a plain call then saves the round through the event loop.
size_t Transport::TryWrite(std::span<const asio::const_buffer> buffers, error_code& error) {
  if (tls_ == nullptr) return socket_.write_some(buffers, error);
  error = asio::error::would_block;
  return 0;
}

asio::awaitable<void> Transport::ShutdownSend(TimePoint deadline) {
  error_code ignored;
  if (tls_ != nullptr) {
    const Wait wait(*this, deadline);
    std::tie(ignored) = co_await tls_->async_shutdown(kAwait);
  }
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Transport::Close() {
  error_code ignored;
  socket_.close(ignored);
}

void Transport::Sweep(TimePoint now) {
  if (now < deadline_) return;
  expired_ = true;
  deadline_ = TimePoint::max();
  error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace huidu::http
