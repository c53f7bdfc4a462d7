#include "front/channel/worker_channel.h"

#include <boost/asio/post.hpp>

#include "base/status.h"
#include "base/strings.h"
#include "ipc/socket.h"

namespace huidu::front {
namespace {

using boost::asio::posix::stream_descriptor;

Answer Lost(const absl::Status& why) {
  Answer answer;
  answer.status = why;
  answer.worker_lost = true;
  return answer;
}

}  // namespace

// Holds the channel, and with it the mapping that the outputs point into.
class WorkerChannel::Lease : public ResponseLease {
 public:
  Lease(std::shared_ptr<WorkerChannel> channel, std::vector<uint64_t> offsets)
      : channel_(std::move(channel)), offsets_(std::move(offsets)) {}
  ~Lease() override { channel_->Release(std::move(offsets_)); }

 private:
  const std::shared_ptr<WorkerChannel> channel_;
  std::vector<uint64_t> offsets_;
};

WorkerChannel::WorkerChannel(boost::asio::io_context& io, ipc::Fd data, std::shared_ptr<const ipc::ArenaView> responses)
    : io_(io),
      socket_(io, data.Release()),
      timer_(io),
      responses_(std::move(responses)),
      receive_buffer_(ipc::kMaxDatagram) {}

void WorkerChannel::Start(CloseHandler on_close) {
  on_close_ = std::move(on_close);
  boost::asio::post(io_, [self = shared_from_this()] { self->WaitReadable(); });
}

template <typename Message>
void WorkerChannel::Enqueue(const Message& message) {
  ipc::Append(outgoing_, message);
  frame_ends_.push_back(outgoing_.size());
  ScheduleFlush();
}

uint64_t WorkerChannel::Submit(std::shared_ptr<const Payload> payload, TimePoint deadline, AnswerHandler handler,
                               std::unique_ptr<Reminder> reminder) {
  ipc::InferRequest request;
  request.sent_ns = ToNanos(Now());
  request.deadline_ns = ToNanos(deadline);
  request.inputs = payload->inputs;
  request.outputs = payload->wanted_outputs;
  {
    std::lock_guard lock(mutex_);
    if (!closed_) {
      request.id = next_id_++;
      Enqueue(request);
      Pending pending{std::move(payload), std::move(handler), deadline, std::move(reminder)};
      const TimePoint next = pending.next();
      pending_.emplace(request.id, std::move(pending));
      outstanding_.store(pending_.size(), std::memory_order_relaxed);
      if (next < timer_at_) {
        timer_at_ = next;
        boost::asio::post(io_, [self = shared_from_this()] { self->ArmTimer(); });
      }
      return request.id;
    }
  }
  handler(Lost(absl::UnavailableError("the worker is gone")));
  return 0;
}

void WorkerChannel::Cancel(uint64_t id) {
  AnswerHandler dropped;  // with the reminder, outside of the lock: they may hold the last reference to their caller
  std::unique_ptr<Reminder> reminder;
  std::lock_guard lock(mutex_);
  const auto found = pending_.find(id);
  if (closed_ || found == pending_.end() || !found->second.handler) return;
  dropped = std::exchange(found->second.handler, nullptr);
  reminder = std::move(found->second.reminder);
  Enqueue(ipc::Cancel{id});
}

void WorkerChannel::Close(absl::Status why) {
  open_.store(false, std::memory_order_relaxed);
  boost::asio::post(
      io_, [self = shared_from_this(), why = std::move(why)]() mutable { self->CloseOnIoThread(std::move(why)); });
}

void WorkerChannel::WaitReadable() {
  if (!socket_.is_open()) return;
  socket_.async_wait(stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) { self->OnReadable(error); });
}

void WorkerChannel::OnReadable(const boost::system::error_code& error) {
  if (error || !socket_.is_open()) return;
  while (true) {
    const ipc::Received received = ipc::Receive(socket_.native_handle(), receive_buffer_, /*wait=*/false);
    if (received.result == ipc::ReceiveResult::kWouldBlock) break;
    if (received.result == ipc::ReceiveResult::kClosed) {
      return CloseOnIoThread(absl::UnavailableError("the worker process ended"));
    }
    if (!HandleDatagram(received.datagram)) {
      return CloseOnIoThread(absl::InternalError("the worker sent a damaged message"));
    }
    if (!socket_.is_open()) return;  // a handler closed the channel
  }
  WaitReadable();
}

bool WorkerChannel::HandleDatagram(std::span<const std::byte> datagram) {
  while (!datagram.empty()) {
    const absl::StatusOr<ipc::Frame> frame = ipc::NextFrame(datagram);
    if (!frame.ok() || frame->type != ipc::MessageType::kInferResponse) return false;
    if (!HandleResponse(frame->payload)) return false;
  }
  return true;
}

bool WorkerChannel::HandleResponse(std::span<const std::byte> payload) {
  absl::StatusOr<ipc::InferResponse> response = ipc::Decode<ipc::InferResponse>(payload);
  if (!response.ok()) return false;
  absl::StatusOr<Answer> answer = MakeAnswer(*response);
  if (!answer.ok()) return false;
  Pending done;
  {
    std::lock_guard lock(mutex_);
    auto node = pending_.extract(response->id);
    if (node.empty()) return false;
    done = std::move(node.mapped());
    outstanding_.store(pending_.size(), std::memory_order_relaxed);
  }
  done.payload.reset();  // its bytes can be used again even while the answer is being written
  if (done.handler) done.handler(*std::move(answer));
  return true;
}

absl::StatusOr<Answer> WorkerChannel::MakeAnswer(const ipc::InferResponse& response) {
  Answer answer;
  answer.queue_ns = response.queue_ns;
  answer.infer_ns = response.infer_ns;
  if (response.code != 0) {
    answer.status = absl::Status(static_cast<absl::StatusCode>(response.code), response.message);
    return answer;
  }
  std::vector<uint64_t> offsets;
  for (const ipc::OutputRef& ref : response.outputs) {
    HUIDU_ASSIGN_OR_RETURN(const std::span<const std::byte> data, responses_->At(ref.offset, ref.bytes));
    answer.outputs.push_back({ref.index, *tensor::FromWire(ref.type), ref.shape, data});
    offsets.push_back(ref.offset);
  }
  answer.lease = std::make_shared<const Lease>(shared_from_this(), std::move(offsets));
  return answer;
}

void WorkerChannel::Release(std::vector<uint64_t> offsets) {
  std::lock_guard lock(mutex_);
  if (closed_ || offsets.empty()) return;
  Enqueue(ipc::Release{std::move(offsets)});
}

// On the channel's own thread the frames wait until the ready handlers have run, so that requests which came together
// leave together; from another thread there is nothing to wait for, but the send still happens in one place.
void WorkerChannel::ScheduleFlush() {
  if (flush_scheduled_) return;
  flush_scheduled_ = true;
  boost::asio::post(io_, [self = shared_from_this()] { self->Flush(); });
}

void WorkerChannel::Flush() {
  std::lock_guard lock(mutex_);
  flush_scheduled_ = false;
  size_t sent = 0;
  size_t frame = 0;
  while (!closed_ && frame < frame_ends_.size()) {
    size_t last = frame;
    while (last + 1 < frame_ends_.size() && frame_ends_[last + 1] - sent <= ipc::kMaxDatagram) ++last;
    const auto datagram = std::span(outgoing_).subspan(sent, frame_ends_[last] - sent);
    if (ipc::Send(socket_.native_handle(), datagram, /*wait=*/false) == ipc::SendResult::kWouldBlock) break;
    // A closed socket is reported by reading; what is sent after it goes nowhere.
    sent = frame_ends_[last];
    frame = last + 1;
  }
  outgoing_.erase(outgoing_.begin(), outgoing_.begin() + static_cast<ptrdiff_t>(sent));
  frame_ends_.erase(frame_ends_.begin(), frame_ends_.begin() + static_cast<ptrdiff_t>(frame));
  for (size_t& end : frame_ends_) end -= sent;
  if (closed_ || frame_ends_.empty()) return;
  flush_scheduled_ = true;
  socket_.async_wait(stream_descriptor::wait_write,
                     [self = shared_from_this()](const boost::system::error_code&) { self->Flush(); });
}

void WorkerChannel::ArmTimer() {
  TimePoint at;
  {
    std::lock_guard lock(mutex_);
    if (closed_ || timer_at_ == TimePoint::max()) return;
    at = timer_at_;
  }
  timer_.expires_at(at);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->OnTimer();
  });
}

// The queue of a version is bounded, so looking at each pending request is cheap, and a request that was answered in
// time leaves nothing behind.
void WorkerChannel::OnTimer() {
  std::vector<AnswerHandler> late;
  std::vector<std::unique_ptr<Reminder>> reminders;
  {
    std::lock_guard lock(mutex_);
    const TimePoint now = Now();
    timer_at_ = TimePoint::max();
    for (auto& [id, pending] : pending_) {
      if (!pending.handler) continue;
      if (pending.deadline <= now) {
        late.push_back(std::exchange(pending.handler, nullptr));
        pending.reminder.reset();
        continue;
      }
      if (pending.reminder != nullptr && pending.reminder->at <= now) reminders.push_back(std::move(pending.reminder));
      timer_at_ = std::min(timer_at_, pending.next());
    }
  }
  ArmTimer();
  for (AnswerHandler& handler : late) {
    Answer answer;
    answer.status = absl::DeadlineExceededError("the request's deadline passed before its answer came");
    handler(std::move(answer));
  }
  for (const auto& reminder : reminders) reminder->handler();
}

void WorkerChannel::Rescind() {
  boost::asio::post(io_, [self = shared_from_this()] { self->RescindOnIoThread(); });
}

void WorkerChannel::RescindOnIoThread() {
  std::vector<AnswerHandler> rescinded;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, pending] : pending_) {
      if (!pending.handler) continue;
      rescinded.push_back(std::exchange(pending.handler, nullptr));
      pending.reminder.reset();
      Enqueue(ipc::Cancel{id});
    }
  }
  for (AnswerHandler& handler : rescinded) {
    Answer answer;
    answer.status = absl::UnavailableError("the version was taken out of service before it answered");
    answer.rescinded = true;
    handler(std::move(answer));
  }
}

std::optional<TimePoint> WorkerChannel::OldestOverdue() {
  std::lock_guard lock(mutex_);
  std::optional<TimePoint> oldest;
  for (const auto& [id, pending] : pending_) {
    if (pending.handler) continue;  // its caller still waits
    if (!oldest || pending.deadline < *oldest) oldest = pending.deadline;
  }
  return oldest;
}

void WorkerChannel::CloseOnIoThread(absl::Status why) {
  std::unordered_map<uint64_t, Pending> lost;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    lost.swap(pending_);
    outstanding_.store(0, std::memory_order_relaxed);
  }
  open_.store(false, std::memory_order_relaxed);
  socket_.close();
  timer_.cancel();
  for (auto& [id, pending] : lost) {
    if (pending.handler) pending.handler(Lost(why));
  }
  if (CloseHandler on_close = std::exchange(on_close_, nullptr)) on_close(std::move(why));
}

}  // namespace huidu::front
