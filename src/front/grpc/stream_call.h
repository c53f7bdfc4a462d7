#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "front/grpc/call_head.h"
#include "front/grpc/completion_loop.h"
#include "front/grpc/start_inference.h"

namespace huidu::front::rpc {

// One ModelStreamInfer call. Requests run side by side, at most kMaxInFlight of them; answers are sent in the order of
// the requests. A request that fails is answered with its error and the stream goes on.
//
// Runs on: the loop's thread, but OnResult().
// Lives:   held by itself while gRPC has an operation of it, and by the router for every inference that runs.
class StreamCall final : public OpenCall, public std::enable_shared_from_this<StreamCall> {
 public:
  static constexpr size_t kMaxInFlight = 64;

  // Waits for the next client.
  static void Listen(CompletionLoop& loop, InferenceService& service, const InferContext& context);

  void Drain() override;
  void Abandon() override;
  void CheckSending(TimePoint latest) override;

 private:
  // One request's place in the order of answers.
  struct Slot {
    std::string id;  // as the client gave it
    bool ready = false;
    ::grpc::ByteBuffer response;
  };
  struct Rpc {
    Rpc() : stream(&context) {}
    ::grpc::ServerContext context;
    ::grpc::ByteBuffer request;
    ::grpc::ServerAsyncReaderWriter<::grpc::ByteBuffer, ::grpc::ByteBuffer> stream;
  };

  StreamCall(CompletionLoop& loop, InferenceService& service, const InferContext& context)
      : loop_(loop), service_(service), context_(context) {}
  void OnAccepted(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void StartRequest();
  void OnResult(Slot& slot, Result result);
  // Starts whatever can go on: a read, a write, the end. With the lock.
  void Advance();
  // No answer can be sent any more; what still runs is dropped when it is answered. With the lock.
  void Break();
  // Lets go of the call once gRPC has no operation of it.
  void EndIfIdle();

  CompletionLoop& loop_;
  InferenceService& service_;
  const InferContext& context_;
  std::shared_ptr<StreamCall> self_;
  std::optional<Rpc> rpc_;
  CallHead head_;
  MethodEvent<StreamCall, &StreamCall::OnAccepted> accepted_event_{this};
  MethodEvent<StreamCall, &StreamCall::OnRead> read_event_{this};
  MethodEvent<StreamCall, &StreamCall::OnWritten> write_event_{this};
  MethodEvent<StreamCall, &StreamCall::OnFinished> finish_event_{this};

  std::mutex mutex_;  // guards everything below
  std::deque<std::shared_ptr<Slot>> slots_;
  bool more_to_read_ = true;  // the client may send more, and we want it
  bool reading_ = false;
  bool writing_ = false;
  TimePoint writing_since_;
  bool broken_ = false;     // see Break()
  bool finishing_ = false;  // nothing is started any more
  bool finished_ = false;
  ::grpc::Status end_;  // what the stream ends with
};

}  // namespace huidu::front::rpc
