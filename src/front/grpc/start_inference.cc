#include "front/grpc/start_inference.h"

#include <algorithm>

#include "base/status.h"
#include "front/grpc/convert.h"

namespace huidu::front::rpc {
namespace {

using inference::ModelInferRequest;

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

absl::StatusOr<std::shared_ptr<const Payload>> FillPayload(const Servable& servable,
                                                           const ModelInferRequest& request) {
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

}  // namespace

void StartInference(const Router& router, const CallHead& head, const ModelInferRequest& request,
                    ResultHandler done) {
  const std::string_view version = request.model_version().empty() ? head.version : request.model_version();
  absl::StatusOr<Ticket> ticket = router.Admit({.model = request.model_name(), .version = version});
  Result refused;
  if (!ticket.ok()) {
    refused.answer.status = ticket.status();
    return done(std::move(refused));
  }
  absl::StatusOr<Prepared> prepared = Prepare(*ticket, head, request);
  if (!prepared.ok()) {
    refused.answer.status = prepared.status();
    refused.servable = ticket->shared();
    refused.reason = ticket->reason();
    return done(std::move(refused));
  }
  router.Run(*std::move(ticket), std::move(prepared->payload), prepared->deadline, std::move(done));
}

}  // namespace huidu::front::rpc
