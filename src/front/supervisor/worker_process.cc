#include "front/supervisor/worker_process.h"

#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "ipc/socket.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;
using boost::asio::posix::stream_descriptor;

constexpr std::chrono::seconds kHelloTimeout{20};
constexpr std::chrono::seconds kStopGrace{3};
constexpr std::chrono::milliseconds kPingInterval{250};
constexpr size_t kLastWords = 8;

}  // namespace

WorkerProcess::WorkerProcess(boost::asio::io_context& control, boost::asio::io_context& io, Options options)
    : control_thread_(control),
      io_thread_(io),
      options_(std::move(options)),
      control_(control),
      receive_buffer_(ipc::kMaxDatagram),
      changed_(control) {}

WorkerProcess::~WorkerProcess() {
  if (process_ != nullptr) process_->Kill(SIGKILL);
}

awaitable<absl::StatusOr<ipc::Loaded>> WorkerProcess::Start(const ipc::Load& load, std::chrono::milliseconds timeout,
                                                            absl::AnyInvocable<void()> loading) {
  const auto self = shared_from_this();
  if (absl::Status launched = Launch(); !launched.ok()) co_return launched;
  TimePoint deadline = Now() + kHelloTimeout;
  while (!hello_ && !exit_ && Now() < deadline) co_await changed_.Wait(deadline);
  if (hello_ && !exit_) {
    log::Debug("worker started", {{"model", options_.model},
                                  {"model_version", options_.version},
                                  {"pid", StrCat(pid())},
                                  {"sandbox", hello_->sandbox}});
    loading();
    Tell(load);
    deadline = Now() + timeout;
    while (!loaded_ && !exit_ && Now() < deadline) co_await changed_.Wait(deadline);
    if (loaded_ && loaded_->ok()) co_return **loaded_;
  }
  absl::Status status;
  if (loaded_) {
    status = loaded_->status();
  } else if (exit_) {
    status = Death(hello_ ? "while it loaded the model" : "before it was ready to load");
  } else {
    status = absl::DeadlineExceededError(
        hello_ ? StrCat("loading took longer than load_timeout_ms (", timeout.count(), " ms)")
               : StrCat("the worker process did not report within ", kHelloTimeout.count(), " s"));
  }
  co_await Stop();
  co_return status;
}

absl::Status WorkerProcess::Launch() {
  HUIDU_ASSIGN_OR_RETURN(auto control, ipc::MakeSocketPair());
  HUIDU_ASSIGN_OR_RETURN(auto data, ipc::MakeSocketPair());
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<ipc::Arena> responses,
                         ipc::Arena::Create("huidu-responses", options_.response_arena_bytes, false));
  HUIDU_ASSIGN_OR_RETURN(auto view, ipc::ArenaView::Map(responses->fd()));
  Process::Options options;
  options.program = options_.program;
  options.arguments = {"--model", options_.model, "--version", options_.version};
  for (const std::string& folder : options_.writable) {
    options.arguments.push_back("--writable");
    options.arguments.push_back(folder);
  }
  options.background = options_.background;
  options.fds = {control.second.get(), data.second.get(), options_.requests->fd(), responses->fd()};
  HUIDU_ASSIGN_OR_RETURN(process_,
                         Process::Start(
                             control_thread_, options,
                             [self = shared_from_this()](bool, std::string line) { self->OnLine(std::move(line)); },
                             [self = shared_from_this()](int status) { self->OnExit(status); }));
  control_.assign(control.first.Release());
  channel_ = std::make_shared<WorkerChannel>(io_thread_, std::move(data.first), std::move(view));
  channel_->Start([](absl::Status) {});  // the exit of the process is what we act on; it follows at once
  ReadControl();
  return absl::OkStatus();
}

void WorkerProcess::ReadControl() {
  control_.async_wait(
      stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
        if (error || !self->control_.is_open()) return;
        while (true) {
          const ipc::Received received =
              ipc::Receive(self->control_.native_handle(), self->receive_buffer_, /*wait=*/false);
          if (received.result == ipc::ReceiveResult::kWouldBlock) return self->ReadControl();
          if (received.result == ipc::ReceiveResult::kClosed || !self->HandleControl(received.datagram)) {
            // Ended, or talks nonsense: either way this process is of no more use.
            self->process_->Kill(SIGKILL);
            return;
          }
        }
      });
}

bool WorkerProcess::HandleControl(std::span<const std::byte> datagram) {
  const absl::StatusOr<ipc::Frame> frame = ipc::NextFrame(datagram);
  if (!frame.ok()) return false;
  switch (frame->type) {
    case ipc::MessageType::kHello: {
      absl::StatusOr<ipc::Hello> hello = ipc::Decode<ipc::Hello>(frame->payload);
      if (!hello.ok() || hello->protocol != ipc::kProtocolVersion) return false;
      hello_ = *std::move(hello);
      break;
    }
    case ipc::MessageType::kLoaded: {
      absl::StatusOr<ipc::Loaded> loaded = ipc::Decode<ipc::Loaded>(frame->payload);
      if (!loaded.ok()) return false;
      loaded_ = *std::move(loaded);
      break;
    }
    case ipc::MessageType::kLoadFailed: {
      const absl::StatusOr<ipc::LoadFailed> failed = ipc::Decode<ipc::LoadFailed>(frame->payload);
      if (!failed.ok() || failed->code == 0) return false;
      loaded_ = absl::Status(static_cast<absl::StatusCode>(failed->code), failed->message);
      break;
    }
    case ipc::MessageType::kPong: last_pong_ = Now(); return true;
    default: return false;
  }
  changed_.Notify();
  return true;
}

template <typename Message>
bool WorkerProcess::Tell(const Message& message) {
  std::vector<std::byte> datagram;
  ipc::Append(datagram, message);
  return control_.is_open() && ipc::Send(control_.native_handle(), datagram, /*wait=*/false) == ipc::SendResult::kSent;
}

void WorkerProcess::Promote(DeathHandler on_death) {
  on_death_ = std::move(on_death);
  Tell(ipc::Promote{});
  last_pong_ = Now();
  boost::asio::co_spawn(control_thread_, Watch(), boost::asio::detached);
}

awaitable<void> WorkerProcess::Watch() {
  const auto self = shared_from_this();
  boost::asio::steady_timer timer(control_thread_);
  for (uint64_t sequence = 1; !exit_ && !stopping_; ++sequence) {
    Tell(ipc::Ping{sequence});
    timer.expires_after(kPingInterval);
    co_await timer.async_wait(boost::asio::use_awaitable);
    std::string reason = HangReason(last_pong_);
    if (reason.empty() || exit_ || stopping_) continue;
    killed_for_ = std::move(reason);
    process_->Kill(SIGKILL);
    co_return;
  }
}

std::string WorkerProcess::HangReason(TimePoint last_pong) const {
  const TimePoint now = Now();
  const auto since = [now](TimePoint then) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - then).count();
  };
  if (now - last_pong > options_.hang_timeout) {
    return StrCat("it answered no ping for ", since(last_pong), " ms");
  }
  const std::optional<TimePoint> overdue = channel_->OldestOverdue();
  if (overdue && now - *overdue > options_.hang_timeout) {
    return StrCat("an inference is still running ", since(*overdue), " ms after its deadline");
  }
  return {};
}

awaitable<void> WorkerProcess::Stop() {
  const auto self = shared_from_this();
  stopping_ = true;
  if (process_ == nullptr) co_return;
  if (channel_ != nullptr) channel_->Close(absl::UnavailableError("the version is being unloaded"));
  if (control_.is_open()) control_.close();
  const TimePoint deadline = Now() + kStopGrace;
  while (!exit_ && Now() < deadline) co_await changed_.Wait(deadline);
  if (!exit_) process_->Kill(SIGKILL);
  while (!exit_) co_await changed_.Wait(Now() + kStopGrace);
}

absl::Status WorkerProcess::Death(std::string_view doing) const {
  std::string text = StrCat("the worker process ", exit_ ? DescribeExit(*exit_) : "ended", " ", doing);
  if (!killed_for_.empty()) text = StrCat("the worker process was killed: ", killed_for_);
  if (!last_words_.empty()) StrAppend(&text, "; its last output: ", absl::StrJoin(last_words_, " | "));
  return absl::UnavailableError(text);
}

void WorkerProcess::OnExit(int wait_status) {
  exit_ = wait_status;
  if (control_.is_open()) control_.close();
  if (channel_ != nullptr) channel_->Close(absl::UnavailableError("the worker process ended"));
  changed_.Notify();
  DeathHandler on_death = std::exchange(on_death_, nullptr);
  if (on_death && !stopping_) on_death(Death("while it served"));
}

void WorkerProcess::OnLine(std::string line) {
  if (line.empty()) return;
  log::Info(line, {{"model", options_.model}, {"model_version", options_.version}, {"from", "worker"}});
  last_words_.push_back(line.substr(0, 500));
  if (last_words_.size() > kLastWords) last_words_.pop_front();
}

}  // namespace huidu::front
