#include "front/grpc/completion_loop.h"

#include <pthread.h>

#include <utility>
#include <vector>

namespace huidu::front::rpc {

CompletionLoop::CompletionLoop(std::unique_ptr<::grpc::ServerCompletionQueue> queue,
                               std::chrono::milliseconds send_timeout)
    : queue_(std::move(queue)), send_timeout_(send_timeout) {}

CompletionLoop::~CompletionLoop() { Join(); }

void CompletionLoop::Start() {
  WaitForTick();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "huidu-grpc");
    void* tag = nullptr;
    bool ok = false;
    while (queue_->Next(&tag, &ok)) static_cast<Event*>(tag)->Proceed(ok);
  });
}

void CompletionLoop::Enter(OpenCall* call) {
  open_.insert(call);
  if (draining_) call->Drain();
}

void CompletionLoop::Leave(OpenCall* call) {
  open_.erase(call);
  if (draining_) WaitIfIdle();
}

void CompletionLoop::Drain(std::chrono::system_clock::time_point deadline, std::function<void()> on_idle) {
  on_idle_ = std::move(on_idle);
  // Alarms bring both to the loop's thread, the only one that touches the open calls.
  drain_alarm_.Set(queue_.get(), std::chrono::system_clock::now(), &drain_event_);
  deadline_alarm_.Set(queue_.get(), deadline, &deadline_event_);
}

void CompletionLoop::OnDrain(bool) {
  draining_ = true;
  // A call may leave while it is told.
  const std::vector<OpenCall*> calls(open_.begin(), open_.end());
  for (OpenCall* call : calls) {
    if (open_.contains(call)) call->Drain();
  }
  WaitIfIdle();
}

void CompletionLoop::WaitForTick() {
  tick_alarm_.Set(queue_.get(), std::chrono::system_clock::now() + send_timeout_ / 4, &tick_event_);
}

void CompletionLoop::OnTick(bool) {
  const TimePoint latest = Now() - send_timeout_;
  for (OpenCall* call : open_) call->CheckSending(latest);
  if (!stopped_) WaitForTick();
}

void CompletionLoop::WaitIfIdle() {
  if (!open_.empty() || waiting_idle_ || stopped_) return;
  waiting_idle_ = true;
  idle_alarm_.Set(queue_.get(), std::chrono::system_clock::now() + kIdleGrace, &idle_event_);
}

void CompletionLoop::OnIdle(bool ok) {
  waiting_idle_ = false;
  if (ok && open_.empty() && on_idle_ != nullptr) std::exchange(on_idle_, nullptr)();
}

void CompletionLoop::OnDeadline(bool ok) {
  if (!ok) return;  // cancelled: everything ended in time
  const std::vector<OpenCall*> calls(open_.begin(), open_.end());
  for (OpenCall* call : calls) {
    if (open_.contains(call)) call->Abandon();
  }
}

void CompletionLoop::Join() {
  if (!thread_.joinable()) return;
  // On the loop's thread, so that nothing there still asks the queue for more.
  stop_alarm_.Set(queue_.get(), std::chrono::system_clock::now(), &stop_event_);
  thread_.join();
}

void CompletionLoop::OnStop(bool) {
  stopped_ = true;
  deadline_alarm_.Cancel();
  idle_alarm_.Cancel();
  tick_alarm_.Cancel();
  queue_->Shutdown();
}

}  // namespace huidu::front::rpc
