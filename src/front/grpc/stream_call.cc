#include "front/grpc/stream_call.h"

#include "front/grpc/answer_buffer.h"
#include "front/router/request_id.h"

namespace huidu::front::rpc {

void StreamCall::Listen(CompletionLoop& loop, InferenceService& service, const InferContext& context) {
  std::shared_ptr<StreamCall> call(new StreamCall(loop, service, context));
  call->self_ = call;
  call->rpc_.emplace();
  service.RequestModelStreamInfer(&call->rpc_->context, &call->rpc_->stream, loop.queue(), loop.queue(),
                                  static_cast<Event*>(&call->accepted_event_));
}

void StreamCall::OnAccepted(bool ok) {
  if (!ok) {  // the server has stopped
    rpc_.reset();
    const std::shared_ptr<StreamCall> last = std::move(self_);
    return;
  }
  Listen(loop_, service_, context_);
  head_ = ReadHead(rpc_->context);
  head_.request_id = ChooseRequestId(head_.request_id, "");
  AddAnswerMetadata(head_, {}, rpc_->context);
  loop_.Enter(this);
  const std::lock_guard lock(mutex_);
  Advance();
}

void StreamCall::OnRead(bool ok) {
  if (ok) StartRequest();
  {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (!ok) more_to_read_ = false;
    Advance();
  }
  EndIfIdle();
}

void StreamCall::StartRequest() {
  auto slot = std::make_shared<Slot>();
  {
    const std::lock_guard lock(mutex_);
    if (finishing_ || broken_) return;
    slots_.push_back(slot);
  }
  // Without the lock: the router may answer at once.
  const GrpcCaller caller(rpc_->context);
  const auto request_id = [&slot]() -> std::string_view { return slot->id; };
  StartInference(context_, head_, caller, rpc_->request, slot->id, request_id,
                 [self = shared_from_this(), slot](Result result) { self->OnResult(*slot, std::move(result)); });
}

void StreamCall::OnResult(Slot& slot, Result result) {
  // Nobody else looks into a slot before it is ready.
  if (result.answer.status.ok() && !slot.id.empty()) {
    context_.router.answered().Remember(slot.id, result.servable, result.answer.outputs);
  }
  LogRequest(head_, slot.id.empty() ? head_.request_id : slot.id, result);
  slot.response = ToStreamBuffer(std::move(result), slot.id);
  const std::lock_guard lock(mutex_);
  slot.ready = true;
  Advance();
}

void StreamCall::Advance() {
  if (finishing_) return;
  if (more_to_read_ && !reading_ && slots_.size() < kMaxInFlight) {
    reading_ = true;
    rpc_->stream.Read(&rpc_->request, static_cast<Event*>(&read_event_));
  }
  if (writing_) return;
  if (!slots_.empty() && slots_.front()->ready) {
    writing_ = true;
    writing_since_ = Now();
    const std::shared_ptr<Slot> slot = std::move(slots_.front());
    slots_.pop_front();
    rpc_->stream.Write(slot->response, static_cast<Event*>(&write_event_));
  } else if (slots_.empty() && !more_to_read_) {
    finishing_ = true;
    rpc_->stream.Finish(end_, static_cast<Event*>(&finish_event_));
  }
}

void StreamCall::OnWritten(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (!ok) Break();  // the client is gone
  Advance();
}

void StreamCall::OnFinished(bool) {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  EndIfIdle();
}

void StreamCall::Drain() {
  const std::lock_guard lock(mutex_);
  more_to_read_ = false;
  end_ = {::grpc::StatusCode::UNAVAILABLE, "the server stops"};
  Advance();
}

void StreamCall::Abandon() {
  const std::lock_guard lock(mutex_);
  end_ = {::grpc::StatusCode::UNAVAILABLE, "the server stops and could not wait for the answer any longer"};
  Break();
  Advance();
}

void StreamCall::CheckSending(TimePoint latest) {
  const std::lock_guard lock(mutex_);
  if (writing_ && writing_since_ < latest) rpc_->context.TryCancel();
}

void StreamCall::Break() {
  broken_ = true;
  more_to_read_ = false;
  slots_.clear();
}

void StreamCall::EndIfIdle() {
  {
    const std::lock_guard lock(mutex_);
    if (!finished_ || reading_) return;  // the last write ended before the finish began
  }
  loop_.Leave(this);
  rpc_.reset();
  const std::shared_ptr<StreamCall> last = std::move(self_);
}

}  // namespace huidu::front::rpc
