#pragma once

#include <functional>

#include "absl/status/status.h"
#include "front/grpc/call_head.h"
#include "front/grpc/completion_loop.h"

namespace huidu::front::rpc {

// One call of a method that is answered on the spot, on the loop's thread. Everything but inference and the streams.
//
// Lives: owns itself: waits for a client, answers, and is gone when gRPC has sent the answer.
template <typename Request, typename Response, typename Service, typename Accept>
class UnaryCall final : public Event {
 public:
  using Handler = std::function<absl::Status(const Request&, Response&)>;

  // `accept` is the service's generated RequestFoo method: it waits for the next client. `handler` may be copied.
  static void Listen(CompletionLoop& loop, Service& service, Accept accept, Handler handler) {
    auto* call = new UnaryCall(loop, service, accept, std::move(handler));
    (service.*accept)(&call->context_, &call->request_, &call->writer_, loop.queue(), loop.queue(), call);
  }

  void Proceed(bool ok) override {
    if (!ok || answered_) {
      delete this;
      return;
    }
    Listen(loop_, service_, accept_, handler_);
    answered_ = true;
    const absl::Status status = handler_(request_, response_);
    if (status.ok()) return writer_.Finish(response_, ::grpc::Status::OK, this);
    writer_.FinishWithError(ToGrpc(status), this);
  }

 private:
  UnaryCall(CompletionLoop& loop, Service& service, Accept accept, Handler handler)
      : loop_(loop), service_(service), accept_(accept), handler_(std::move(handler)) {}

  CompletionLoop& loop_;
  Service& service_;
  const Accept accept_;
  const Handler handler_;
  bool answered_ = false;
  ::grpc::ServerContext context_;
  Request request_;
  Response response_;
  ::grpc::ServerAsyncResponseWriter<Response> writer_{&context_};
};

// Serve(loop, service, &Service::RequestFoo, [](const FooRequest&, FooResponse&) -> absl::Status {…});
template <typename Service, typename Owner, typename Request, typename Response, typename Handler>
void Serve(CompletionLoop& loop, Service& service,
           void (Owner::*accept)(::grpc::ServerContext*, Request*, ::grpc::ServerAsyncResponseWriter<Response>*,
                                 ::grpc::CompletionQueue*, ::grpc::ServerCompletionQueue*, void*),
           Handler handler) {
  UnaryCall<Request, Response, Service, decltype(accept)>::Listen(loop, service, accept, std::move(handler));
}

}  // namespace huidu::front::rpc
