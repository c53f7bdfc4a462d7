#pragma once

#include <netinet/in.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "bench/http_message.h"
#include "ipc/fd.h"

namespace huidu::bench {

// "host:port" as an IPv4 address. Error: InvalidArgument.
absl::StatusOr<sockaddr_in> ParseAddress(std::string_view text);

// One keep-alive connection that waits in an epoll set, edge-triggered, for one answer at a time. The head and the
// first bytes of the body are kept; the rest of a long body is dropped in the kernel, uncopied: the generator shares
// the processor with the server that it measures.
//
// Runs on: one thread.
class HttpConnection {
 public:
  enum class Progress { kPending, kAnswered, kBroken };

  // Connects anew, blocking, and joins `epoll` under `tag`. Error: Unavailable with the system's text.
  absl::Status Open(const sockaddr_in& address, int epoll, uint64_t tag);

  // Begins a request; its bytes are borrowed until the answer is there. Only while not busy().
  Progress Send(std::string_view request, TimePoint started);
  // Goes on after an event.
  Progress Advance();

  bool busy() const { return busy_; }
  TimePoint started() const { return started_; }
  // After kAnswered, until the next Send(): the head, what was kept of the body, and whether to Open() again first.
  const ResponseHead& head() const { return head_; }
  std::string_view body() const;
  bool must_reopen() const { return !head_.keep_alive || !unsent_.empty(); }

 private:
  Progress Write();
  Progress ReadHead();
  Progress DropBody();

  ipc::Fd fd_;
  std::string_view unsent_;
  TimePoint started_;
  bool busy_ = false;
  bool head_done_ = false;
  ResponseHead head_;
  uint64_t body_left_ = 0;
  size_t filled_ = 0;
  std::vector<char> buffer_ = std::vector<char>(16 * 1024);
};

}  // namespace huidu::bench
