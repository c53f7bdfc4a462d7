#include "front/grpc/infer_call.h"

#include <google/protobuf/arena.h>

#include "front/grpc/answer_buffer.h"
#include "front/grpc/start_inference.h"

namespace huidu::front::rpc {
namespace {

using inference::ModelInferRequest;

// Room on the stack for the messages of a small request; larger ones take more from the heap.
class RequestArena {
 public:
  google::protobuf::Arena* get() { return &arena_; }

 private:
  static google::protobuf::ArenaOptions StartWith(char* block, size_t size) {
    google::protobuf::ArenaOptions options;
    options.initial_block = block;
    options.initial_block_size = size;
    return options;
  }
  alignas(8) char first_block_[4096];
  google::protobuf::Arena arena_{StartWith(first_block_, sizeof(first_block_))};
};

}  // namespace

void InferCall::Listen(CompletionLoop& loop, InferenceService& service, const Router& router) {
  std::shared_ptr<InferCall> call(new InferCall(loop, service, router));
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
  Listen(loop_, service_, router_);
  running_ = true;
  loop_.Enter(this);
  head_ = ReadHead(rpc_->context);
  RequestArena arena;
  auto* request = google::protobuf::Arena::CreateMessage<ModelInferRequest>(arena.get());
  const bool parsed = ::grpc::SerializationTraits<ModelInferRequest>::Deserialize(&rpc_->request, request).ok();
  id_ = request->id();
  ChooseRequestId(id_, head_);
  if (!parsed) {
    Result refused;
    refused.answer.status = absl::InvalidArgumentError("the message is not a ModelInferRequest: it does not parse");
    return OnResult(std::move(refused));
  }
  StartInference(router_, head_, *request,
                 [self = shared_from_this()](Result result) { self->OnResult(std::move(result)); });
}

bool InferCall::ClaimAnswer() {
  int64_t unanswered = 0;
  return answered_ns_.compare_exchange_strong(unanswered, ToNanos(Now()));
}

void InferCall::OnResult(Result result) {
  if (!ClaimAnswer()) return;
  AddAnswerMetadata(head_, result, rpc_->context);
  LogRequest(head_, head_.request_id, result);
  if (!result.answer.status.ok()) return Refuse(result.answer.status);
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
