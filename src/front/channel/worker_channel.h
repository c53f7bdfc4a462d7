#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "front/channel/inference.h"
#include "ipc/arena.h"
#include "ipc/fd.h"

namespace huidu::front {

// The data socket to one worker process: sends requests, hands answers back, and reports every request that was still
// out when the worker died. Several messages share one datagram when they come together: requests that are submitted on
// the channel's own thread leave when that thread has no more ready work.
//
// Runs on: Submit() and the destruction of answers on any thread; handlers run on the channel's I/O thread, or inside
//          Submit() if the channel is already closed.
// Lives:   shared by the version that uses it and by answers that are not released yet. Close() ends it.
// Errors:  a worker's damaged message closes the channel, as its death would; on_close says why.
class WorkerChannel : public std::enable_shared_from_this<WorkerChannel> {
 public:
  using CloseHandler = absl::AnyInvocable<void(absl::Status why)>;
  // Told on the I/O thread, at most once, if the request is not over at `at`; the request goes on.
  struct Reminder {
    TimePoint at;
    absl::AnyInvocable<void()> handler;
  };

  // `data` is the front's end of the data socket, `responses` the worker's arena.
  WorkerChannel(boost::asio::io_context& io, ipc::Fd data, std::shared_ptr<const ipc::ArenaView> responses);

  // Starts reading. `on_close` runs once, on the I/O thread, after every lost request's handler.
  void Start(CloseHandler on_close);

  // Runs one request and gives its id. At `deadline` the handler gets DEADLINE_EXCEEDED; the payload is kept until the
  // worker answered. The handler runs exactly once, unless the request is cancelled.
  uint64_t Submit(std::shared_ptr<const Payload> payload, TimePoint deadline, AnswerHandler handler) {
    return Submit(std::move(payload), deadline, std::move(handler), nullptr);
  }
  // The same with a reminder before the deadline.
  uint64_t Submit(std::shared_ptr<const Payload> payload, TimePoint deadline, AnswerHandler handler,
                  Reminder reminder) {
    return Submit(std::move(payload), deadline, std::move(handler), std::make_unique<Reminder>(std::move(reminder)));
  }

  // Nobody waits for the request any more: its handler is dropped, and if it has not begun the worker does not run it.
  // It counts as outstanding until the worker has said so. Any thread; nothing happens if it is over.
  void Cancel(uint64_t id);

  // No more answers: everything that is out is lost. Any thread; idempotent.
  void Close(absl::Status why);

  // The requests that are out get an answer that says that they were taken away; those that have not begun are not
  // run, and the worker's answers to the others are dropped when they come. Later requests are not affected. Any
  // thread.
  void Rescind();

  // The deadline of the request that has been late for longest and is still with the worker.
  std::optional<TimePoint> OldestOverdue();

  bool open() const { return open_.load(std::memory_order_relaxed); }
  // Requests that the worker has and did not answer, including those whose caller gave up.
  size_t outstanding() const { return outstanding_.load(std::memory_order_relaxed); }

 private:
  class Lease;
  struct Pending {
    std::shared_ptr<const Payload> payload;
    AnswerHandler handler;  // empty once nobody waits: told of the deadline, taken away, cancelled
    TimePoint deadline;
    std::unique_ptr<Reminder> reminder;  // empty: none, or told
    TimePoint next() const { return reminder == nullptr ? deadline : std::min(deadline, reminder->at); }
  };
  uint64_t Submit(std::shared_ptr<const Payload> payload, TimePoint deadline, AnswerHandler handler,
                  std::unique_ptr<Reminder> reminder);
  template <typename Message>
  void Enqueue(const Message& message);
  void WaitReadable();
  void OnReadable(const boost::system::error_code& error);
  bool HandleDatagram(std::span<const std::byte> datagram);
  bool HandleResponse(std::span<const std::byte> payload);
  absl::StatusOr<Answer> MakeAnswer(const ipc::InferResponse& response);
  void Release(std::vector<uint64_t> offsets);
  void ScheduleFlush();
  void Flush();
  void ArmTimer();
  void OnTimer();
  void RescindOnIoThread();
  void CloseOnIoThread(absl::Status why);

  boost::asio::io_context& io_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer timer_;
  const std::shared_ptr<const ipc::ArenaView> responses_;
  CloseHandler on_close_;
  std::vector<std::byte> receive_buffer_;
  std::atomic<bool> open_{true};
  std::atomic<size_t> outstanding_{0};

  std::mutex mutex_;  // guards everything below
  bool closed_ = false;
  uint64_t next_id_ = 1;
  std::unordered_map<uint64_t, Pending> pending_;
  TimePoint timer_at_ = TimePoint::max();
  std::vector<std::byte> outgoing_;  // frames that no datagram holds yet
  std::vector<size_t> frame_ends_;   // where each frame of outgoing_ ends
  bool flush_scheduled_ = false;     // posted, or waiting until the socket is writable
};

}  // namespace huidu::front
