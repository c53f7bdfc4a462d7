#pragma once

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "front/channel/worker_channel.h"
#include "front/supervisor/event.h"
#include "front/supervisor/process.h"
#include "ipc/messages.h"

namespace huidu::front {

// One huidu-worker: starts it, has it load a version, watches that it lives, and ends it.
//
// Runs on: the control thread; its channel on an I/O thread.
// Lives:   shared by the version and by its own coroutines; Stop() must be awaited before the last owner drops it.
// Errors:  every failure says what the process was doing and its last words on standard error.
class WorkerProcess : public std::enable_shared_from_this<WorkerProcess> {
 public:
  struct Options {
    std::string program;
    std::string model;
    std::string version;
    std::vector<std::string> writable;  // folders in which the worker may write
    std::shared_ptr<ipc::Arena> requests;
    size_t response_arena_bytes = 0;
    std::chrono::milliseconds hang_timeout{10000};
    bool background = false;  // until Promote(): loading must not slow the versions that serve
  };
  // Runs once, on the control thread, when the process has ended and was reaped without Stop().
  using DeathHandler = absl::AnyInvocable<void(absl::Status why)>;

  WorkerProcess(boost::asio::io_context& control, boost::asio::io_context& io, Options options);
  ~WorkerProcess();

  // Launch, handshake, load. `progress` is told when loading begins. Error: what the engine says, or how the process
  // ended, or DeadlineExceeded; the process is then gone.
  boost::asio::awaitable<absl::StatusOr<ipc::Loaded>> Start(const ipc::Load& load, std::chrono::milliseconds timeout,
                                                            absl::AnyInvocable<void()> loading);
  // Requires alive(). Normal priority, and from now on a process that answers no ping, or an inference that runs
  // hang_timeout past its deadline, is killed.
  void Promote(DeathHandler on_death);

  // Ends the process: closes its sockets, waits a moment, then kills. Requests still out are lost to it.
  boost::asio::awaitable<void> Stop();

  const std::shared_ptr<WorkerChannel>& channel() const { return channel_; }
  int pid() const { return process_ == nullptr ? 0 : process_->pid(); }
  bool alive() const { return process_ != nullptr && !exit_.has_value(); }
  uint64_t ResidentBytes() const { return process_ == nullptr ? 0 : process_->ResidentBytes(); }

 private:
  absl::Status Launch();
  void ReadControl();
  bool HandleControl(std::span<const std::byte> datagram);
  template <typename Message>
  bool Tell(const Message& message);
  boost::asio::awaitable<void> Watch();
  std::string HangReason(TimePoint last_pong) const;
  absl::Status Death(std::string_view doing) const;
  void OnExit(int wait_status);
  void OnLine(std::string line);

  boost::asio::io_context& control_thread_;
  boost::asio::io_context& io_thread_;
  const Options options_;
  boost::asio::posix::stream_descriptor control_;
  std::vector<std::byte> receive_buffer_;
  std::shared_ptr<Process> process_;
  std::shared_ptr<WorkerChannel> channel_;
  Event changed_;
  std::optional<ipc::Hello> hello_;
  std::optional<absl::StatusOr<ipc::Loaded>> loaded_;
  std::optional<int> exit_;  // wait status
  std::string killed_for_;   // why we killed it, if we did
  bool stopping_ = false;
  TimePoint last_pong_;
  std::deque<std::string> last_words_;
  DeathHandler on_death_;
};

}  // namespace huidu::front
