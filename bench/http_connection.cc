#include "bench/http_connection.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/status.h"

namespace huidu::bench {
namespace {

absl::Status SystemError(std::string_view what) {
  return absl::UnavailableError(StrCat(what, ": ", std::strerror(errno)));
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

absl::StatusOr<sockaddr_in> ParseAddress(std::string_view text) {
  sockaddr_in address{.sin_family = AF_INET};
  const size_t colon = std::min(text.rfind(':'), text.size());
  const std::string host(text.substr(0, colon));
  const char* dotted = host == "localhost" ? "127.0.0.1" : host.c_str();
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const bool has_port = colon < text.size() && std::from_chars(text.data() + colon + 1, end, port).ptr == end;
  if (!has_port || port == 0 || ::inet_pton(AF_INET, dotted, &address.sin_addr) != 1) {
    return absl::InvalidArgumentError(StrCat("'", text, "' is no address; expected one such as 127.0.0.1:18080"));
  }
  address.sin_port = htons(port);
  return address;
}

absl::Status HttpConnection::Open(const sockaddr_in& address, int epoll, uint64_t tag) {
  fd_ = ipc::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd_.valid()) return SystemError("socket");
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return SystemError(StrCat("connect to port ", ntohs(address.sin_port)));
  }
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = tag}};
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd_.get(), &event) != 0) return SystemError("epoll_ctl");
  busy_ = false;
  unsent_ = {};
  return absl::OkStatus();
}

HttpConnection::Progress HttpConnection::Send(std::string_view request, TimePoint started) {
  unsent_ = request;
  started_ = started;
  busy_ = true;
  head_done_ = false;
  filled_ = 0;
  // What the server sends cannot be there yet; reading now would only cost a system call.
  return Write();
}

HttpConnection::Progress HttpConnection::Advance() {
  if (!busy_) {
    // Nothing was asked: the server closed the connection, or speaks out of turn. A wake-up without either is harmless.
    char byte;
    const bool quiet = ::recv(fd_.get(), &byte, 1, MSG_DONTWAIT) < 0 && WouldBlock();
    return quiet ? Progress::kPending : Progress::kBroken;
  }
  if (!unsent_.empty() && Write() == Progress::kBroken) return Progress::kBroken;
  return head_done_ ? DropBody() : ReadHead();
}

HttpConnection::Progress HttpConnection::Write() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::send(fd_.get(), unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return WouldBlock() ? Progress::kPending : Progress::kBroken;
    unsent_.remove_prefix(static_cast<size_t>(sent));
  }
  return Progress::kPending;
}

HttpConnection::Progress HttpConnection::ReadHead() {
  while (filled_ < buffer_.size()) {
    const ssize_t got = ::recv(fd_.get(), buffer_.data() + filled_, buffer_.size() - filled_, MSG_DONTWAIT);
    if (got < 0 && WouldBlock()) return Progress::kPending;
    if (got <= 0) return Progress::kBroken;
    filled_ += static_cast<size_t>(got);
    const ParseResult result = ParseHead({buffer_.data(), filled_}, head_);
    if (result == ParseResult::kMalformed) return Progress::kBroken;
    if (result == ParseResult::kDone) {
      const uint64_t kept = filled_ - head_.head_bytes;
      if (kept > head_.body_bytes) return Progress::kBroken;  // more than was asked for
      head_done_ = true;
      body_left_ = head_.body_bytes - kept;
      return DropBody();
    }
  }
  return Progress::kBroken;  // no head is that long
}

HttpConnection::Progress HttpConnection::DropBody() {
  while (body_left_ > 0) {
    // With MSG_TRUNC a TCP socket throws the bytes away instead of copying them.
    const size_t most = std::min<uint64_t>(body_left_, size_t{1} << 30);
    const ssize_t got = ::recv(fd_.get(), nullptr, most, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && WouldBlock()) return Progress::kPending;
    if (got <= 0) return Progress::kBroken;
    body_left_ -= static_cast<uint64_t>(got);
  }
  busy_ = false;
  return Progress::kAnswered;
}

std::string_view HttpConnection::body() const {
  return std::string_view(buffer_.data(), filled_).substr(head_.head_bytes, head_.body_bytes);
}

}  // namespace huidu::bench
