#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <thread>

#include "absl/container/flat_hash_set.h"
#include "base/clock.h"
#include "proto/inference/health.grpc.pb.h"
#include "proto/inference/inference.grpc.pb.h"

namespace huidu::front::rpc {

// Every method is served from a completion queue; docs/design/grpc-threads.md says why.
// The messages of inference come and go as bytes: large tensors need not be copied into a message and out again, and
// compressed ones are inflated with a bound.
using InferenceService = inference::GRPCInferenceService::WithRawMethod_ModelInfer<
    inference::GRPCInferenceService::WithRawMethod_ModelStreamInfer<inference::GRPCInferenceService::AsyncService>>;
using HealthService = ::grpc::health::v1::Health::AsyncService;

// The end of one operation that gRPC was asked for; its address is the operation's tag.
class Event {
 public:
  virtual ~Event() = default;
  // Runs on: the loop's thread. `ok` is false if the operation did not happen: the call or the server has ended.
  virtual void Proceed(bool ok) = 0;
};

// An event that is a method of the object which waits for it.
template <typename Owner, void (Owner::*kMethod)(bool)>
class MethodEvent final : public Event {
 public:
  explicit MethodEvent(Owner* owner) : owner_(owner) {}
  void Proceed(bool ok) override { (owner_->*kMethod)(ok); }

 private:
  Owner* const owner_;
};

// A call that may outlast the moment: it waits for a worker or for its client.
class OpenCall {
 public:
  virtual ~OpenCall() = default;
  // Runs on: the loop's thread. The server stops: take no new message, end when what is in flight is answered.
  virtual void Drain() = 0;
  // Runs on: the loop's thread. The time for that is over: end now, with an error.
  virtual void Abandon() = 0;
  // Runs on: the loop's thread, now and then. Cancels the call if an answer was given to gRPC before `latest` and is
  // still not sent: its client does not read, and holds the answer's memory.
  virtual void CheckSending(TimePoint latest) = 0;
};

// One completion queue with the thread that serves it, and the calls that are open on it.
//
// Runs on: its own thread; Drain() and Join() on any other.
// Lives:   from before the server starts until after it is shut down: Start(), Drain(), Join(), then destroyed.
class CompletionLoop {
 public:
  CompletionLoop(std::unique_ptr<::grpc::ServerCompletionQueue> queue, std::chrono::milliseconds send_timeout);
  ~CompletionLoop();

  ::grpc::ServerCompletionQueue* queue() { return queue_.get(); }
  void Start();

  // On the loop's thread, or before Start().
  void Enter(OpenCall* call);
  void Leave(OpenCall* call);
  bool draining() const { return draining_; }

  // Tells every open call now, and abandons those that are left at `deadline`. `on_idle` runs once, on the loop's
  // thread, when no call has been open for kIdleGrace.
  void Drain(std::chrono::system_clock::time_point deadline, std::function<void()> on_idle);
  // After the server is shut down: handles what is left in the queue and ends the thread.
  void Join();

 private:
  // Calls that the server accepted just before it stopped may still be in the queue, unseen.
  static constexpr std::chrono::milliseconds kIdleGrace{200};

  void OnDrain(bool ok);
  void OnDeadline(bool ok);
  void OnIdle(bool ok);
  void OnStop(bool ok);
  void OnTick(bool ok);
  void WaitForTick();
  void WaitIfIdle();

  const std::unique_ptr<::grpc::ServerCompletionQueue> queue_;
  const std::chrono::milliseconds send_timeout_;
  absl::flat_hash_set<OpenCall*> open_;
  bool draining_ = false;
  bool waiting_idle_ = false;
  bool stopped_ = false;  // the queue takes nothing new
  std::function<void()> on_idle_;
  ::grpc::Alarm drain_alarm_, deadline_alarm_, idle_alarm_, stop_alarm_, tick_alarm_;
  MethodEvent<CompletionLoop, &CompletionLoop::OnDrain> drain_event_{this};
  MethodEvent<CompletionLoop, &CompletionLoop::OnDeadline> deadline_event_{this};
  MethodEvent<CompletionLoop, &CompletionLoop::OnIdle> idle_event_{this};
  MethodEvent<CompletionLoop, &CompletionLoop::OnStop> stop_event_{this};
  MethodEvent<CompletionLoop, &CompletionLoop::OnTick> tick_event_{this};
  std::thread thread_;
};

}  // namespace huidu::front::rpc
