#include "ipc/socket.h"

#include <sys/socket.h>

#include <cerrno>

#include "ipc/messages.h"

namespace huidu::ipc {

absl::StatusOr<std::pair<Fd, Fd>> MakeSocketPair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  std::pair<Fd, Fd> pair{Fd(fds[0]), Fd(fds[1])};
  const int bytes = 4 * static_cast<int>(kMaxDatagram);
  for (int fd : fds) {
    // The system may cap this below what we ask for; a full socket is handled anyway.
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
  }
  return pair;
}

SendResult Send(int fd, std::span<const std::byte> datagram, bool wait) {
  while (true) {
    const ssize_t sent = send(fd, datagram.data(), datagram.size(), MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    if (sent >= 0) return SendResult::kSent;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return SendResult::kWouldBlock;
    return SendResult::kClosed;
  }
}

Received Receive(int fd, std::span<std::byte> buffer, bool wait) {
  while (true) {
    const ssize_t received = recv(fd, buffer.data(), buffer.size(), MSG_TRUNC | (wait ? 0 : MSG_DONTWAIT));
    if (received > 0 && static_cast<size_t>(received) <= buffer.size()) {
      return {ReceiveResult::kReceived, buffer.first(static_cast<size_t>(received))};
    }
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {ReceiveResult::kWouldBlock, {}};
    // 0 is the end; a datagram longer than the limit is a peer that does not keep the protocol.
    return {ReceiveResult::kClosed, {}};
  }
}

}  // namespace huidu::ipc
