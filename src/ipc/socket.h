#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc/fd.h"

// The two SOCK_SEQPACKET pairs between front and worker: datagrams keep their borders, and the kernel reports the
// other side's death as end of file.
namespace huidu::ipc {

// Both ends are close-on-exec; the launcher makes the worker's end inheritable in the child alone.
absl::StatusOr<std::pair<Fd, Fd>> MakeSocketPair();

enum class SendResult { kSent, kWouldBlock, kClosed };
// One datagram. With `wait` it blocks while the socket is full; kClosed if the peer is gone.
SendResult Send(int fd, std::span<const std::byte> datagram, bool wait);

enum class ReceiveResult { kReceived, kWouldBlock, kClosed };
struct Received {
  ReceiveResult result;
  std::span<const std::byte> datagram;  // inside `buffer`
};
// One datagram into `buffer`, which holds kMaxDatagram bytes.
Received Receive(int fd, std::span<std::byte> buffer, bool wait);

}  // namespace huidu::ipc
