#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "front/grpc/call_head.h"
#include "front/grpc/completion_loop.h"
#include "front/grpc/start_inference.h"

namespace huidu::front::rpc {

// One ModelInfer call: waits for a client, hands the request to the router, and sends the answer from whichever thread
// brings it.
//
// Runs on: the loop's thread, but OnResult().
// Lives:   held by itself while gRPC has an operation of it, and by the router while the inference runs. After a
//          shutdown that could not wait, the router's answer finds that the client has been told already.
class InferCall final : public Event, public OpenCall, public std::enable_shared_from_this<InferCall> {
 public:
  // Waits for the next client.
  static void Listen(CompletionLoop& loop, InferenceService& service, const InferContext& context);

  void Proceed(bool ok) override;
  void Drain() override {}
  void Abandon() override;
  void CheckSending(TimePoint latest) override;

 private:
  // What gRPC works with. It ends with gRPC's last operation, though the router may hold the call for longer.
  struct Rpc {
    Rpc() : writer(&context) {}
    ::grpc::ServerContext context;
    ::grpc::ByteBuffer request;
    ::grpc::ServerAsyncResponseWriter<::grpc::ByteBuffer> writer;
  };

  InferCall(CompletionLoop& loop, InferenceService& service, const InferContext& context)
      : loop_(loop), service_(service), context_(context) {}
  void Run();
  void OnResult(Result result);
  // True for the one that may answer.
  bool ClaimAnswer();
  void Refuse(const absl::Status& status);

  CompletionLoop& loop_;
  InferenceService& service_;
  const InferContext& context_;
  std::shared_ptr<InferCall> self_;
  std::optional<Rpc> rpc_;
  CallHead head_;
  std::string id_;  // of the request, for its answer
  bool running_ = false;
  std::atomic<int64_t> answered_ns_{0};  // when it was answered; 0: it is not
};

}  // namespace huidu::front::rpc
