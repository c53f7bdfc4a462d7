#include "front/grpc/start_inference.h"

#include <google/protobuf/arena.h>

#include <algorithm>

#include "base/status.h"
#include "front/grpc/convert.h"
#include "front/grpc/request_reader.h"

namespace huidu::front::rpc {
namespace {

using inference::ModelInferRequest;

// Room on the stack for the message of a small request; a larger one takes more from the heap.
class MessageArena {
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

struct Prepared {
  std::shared_ptr<const Payload> payload;
  TimePoint deadline;
};

// What the client gives the request: grpc-timeout or the parameter "timeout", whichever ends first.
absl::StatusOr<std::optional<std::chrono::nanoseconds>> ClientTimeout(const Ticket& ticket, const CallHead& head,
                                                                      const ModelInferRequest& request) {
  HUIDU_ASSIGN_OR_RETURN(std::optional<std::chrono::nanoseconds> timeout, Timeout(request));
  if (!head.deadline.has_value()) return timeout;
  const std::chrono::nanoseconds left = std::max(*head.deadline - ticket.admitted(), Duration::zero());
  return timeout.has_value() ? std::min(*timeout, left) : left;
}

absl::StatusOr<std::shared_ptr<const Payload>> FillPayload(const Servable& servable, const ModelInferRequest& request) {
  HUIDU_ASSIGN_OR_RETURN(const RequestView view, View(request));
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Payload> payload, NewPayload(servable, view.inputs, view.outputs));
  for (size_t i = 0; i < view.inputs.size(); ++i) {
    HUIDU_RETURN_IF_ERROR(CopyInput(request, i, InputBytes(servable, *payload, i)));
  }
  HUIDU_RETURN_IF_ERROR(CheckContents(servable, *payload));
  return payload;
}

absl::StatusOr<Prepared> Prepare(const Ticket& ticket, const CallHead& head, const ModelInferRequest& request) {
  HUIDU_ASSIGN_OR_RETURN(const std::optional<std::chrono::nanoseconds> timeout, ClientTimeout(ticket, head, request));
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<const Payload> payload, FillPayload(ticket.servable(), request));
  return Prepared{std::move(payload), Router::Deadline(ticket, timeout)};
}

void Refuse(absl::Status status, const Ticket* ticket, ResultHandler done) {
  Result refused;
  refused.answer.status = std::move(status);
  if (ticket != nullptr) {
    refused.servable = ticket->shared();
    refused.reason = ticket->reason();
  }
  done(std::move(refused));
}

}  // namespace

void StartInference(const InferContext& context, const CallHead& head, const Caller& caller,
                    ::grpc::ByteBuffer& message, std::string& id, absl::FunctionRef<std::string_view()> request_id,
                    ResultHandler done) {
  MessageArena arena;
  auto& request = *google::protobuf::Arena::CreateMessage<ModelInferRequest>(arena.get());
  absl::Status read = ReadRequest(message, context.max_message_bytes, request);
  id = request.id();
  if (!read.ok()) return Refuse(std::move(read), nullptr, std::move(done));
  const std::string_view version = request.model_version().empty() ? head.version : request.model_version();
  absl::StatusOr<Ticket> ticket = context.router.Admit({.model = request.model_name(),
                                                        .version = version,
                                                        .user = UserId(request),
                                                        .caller = &caller,
                                                        .request_id = request_id()});
  if (!ticket.ok()) return Refuse(ticket.status(), nullptr, std::move(done));
  absl::StatusOr<Prepared> prepared = Prepare(*ticket, head, request);
  // A version on trial may take other tensors than stable. Then stable answers, if it takes these.
  if (absl::IsInvalidArgument(prepared.status()) && ticket->FallBack(Outcome::kClientError)) {
    prepared = Prepare(*ticket, head, request);
  }
  if (!prepared.ok()) {
    const Outcome outcome = OutcomeOf(prepared.status(), /*worker_lost=*/false);
    ticket->servable().stats().Count(outcome);
    ticket->CountHealth(outcome, 0);
    return Refuse(prepared.status(), &*ticket, std::move(done));
  }
  context.router.Run(*std::move(ticket), std::move(prepared->payload), prepared->deadline, std::move(done));
}

}  // namespace huidu::front::rpc
