#include "front/grpc/infer_call.h"

#include "front/grpc/answer_buffer.h"
#include "front/router/request_id.h"

namespace huidu::front::rpc {

void InferCall::Listen(CompletionLoop& loop, InferenceService& service, const InferContext& context) {
  std::shared_ptr<InferCall> call(new InferCall(loop, service, context));
  call->self_ = call;
  Rpc& rpc = call->rpc_.emplace();
  service.RequestModelInfer(&rpc.context, &rpc.request, &rpc.writer, loop.queue(), loop.queue(),
                            static_cast<Event*>(call.get()));
}

void InferCall::Proceed(bool ok) {
  if (ok && !running_) return Run();
  // The answer is sent, or the client or the server went away before.
  if (running_) loop_.Leave(this);
  rpc_.reset();
  const std::shared_ptr<InferCall> last = std::move(self_);
}

void InferCall::Run() {
  Listen(loop_, service_, context_);
  running_ = true;
  loop_.Enter(this);
  head_ = ReadHead(rpc_->context);
  const GrpcCaller caller(rpc_->context);
  const auto request_id = [this]() -> std::string_view {
    head_.request_id = ChooseRequestId(head_.request_id, id_);
    return head_.request_id;
  };
  StartInference(context_, head_, caller, rpc_->request, id_, request_id,
                 [self = shared_from_this()](Result result) { self->OnResult(std::move(result)); });
}

bool InferCall::ClaimAnswer() {
  int64_t unanswered = 0;
  return answered_ns_.compare_exchange_strong(unanswered, ToNanos(Now()));
}

void InferCall::OnResult(Result result) {
  if (!ClaimAnswer()) return;
  head_.request_id = ChooseRequestId(head_.request_id, id_);
  if (result.answer.status.ok()) {
    context_.router.answered().Remember(head_.request_id, result.servable, result.answer.outputs);
  }
  AddAnswerMetadata(head_, result, rpc_->context);
  LogRequest(head_, head_.request_id, result);
  const absl::StatusOr<::grpc::ByteBuffer> buffer = ToBuffer(std::move(result), id_);
  if (!buffer.ok()) return Refuse(buffer.status());
  rpc_->writer.Finish(*buffer, ::grpc::Status::OK, static_cast<Event*>(this));
}

void InferCall::Abandon() {
  if (!ClaimAnswer()) return;
  Refuse(absl::UnavailableError("the server stops and could not wait for the answer any longer"));
}

void InferCall::CheckSending(TimePoint latest) {
  const int64_t answered_ns = answered_ns_.load();
  if (answered_ns != 0 && FromNanos(answered_ns) < latest) rpc_->context.TryCancel();
}

void InferCall::Refuse(const absl::Status& status) {
  rpc_->writer.FinishWithError(ToGrpc(status), static_cast<Event*>(this));
}

}  // namespace huidu::front::rpc
