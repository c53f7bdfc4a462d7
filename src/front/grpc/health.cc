#include "front/grpc/health.h"

namespace huidu::front::rpc {

using ::grpc::health::v1::HealthCheckResponse;

HealthCheckResponse::ServingStatus HealthOf(const ServingTable& table, std::string_view service) {
  bool ready = false;
  if (service.empty() || service == inference::GRPCInferenceService::service_full_name()) {
    ready = IsReady(table);
  } else if (const ModelEntry* entry = table.Find(service)) {
    ready = table.accepting && IsReady(*entry);
  } else {
    return HealthCheckResponse::SERVICE_UNKNOWN;
  }
  return ready ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void HealthWatch::Listen(CompletionLoop& loop, HealthService& service, const Router& router) {
  auto* call = new HealthWatch(loop, service, router);
  // Without it nobody would tell that a client left, as long as its status does not change.
  call->context_.AsyncNotifyWhenDone(static_cast<Event*>(&call->done_event_));
  service.RequestWatch(&call->context_, &call->request_, &call->writer_, loop.queue(), loop.queue(),
                       static_cast<Event*>(&call->accepted_event_));
}

void HealthWatch::OnAccepted(bool ok) {
  if (!ok) {  // the server has stopped; the other event never comes
    delete this;
    return;
  }
  Listen(loop_, service_, router_);
  loop_.Enter(this);
  Look();
}

// Writes what changed, else waits for the next look, else ends.
void HealthWatch::Look() {
  if (ending_) {
    writer_.Finish({::grpc::StatusCode::UNAVAILABLE, "the server stops"}, static_cast<Event*>(&finished_event_));
    return;
  }
  const Status status = HealthOf(*router_.table(), request_.service());
  if (status != told_) {
    told_ = status;
    HealthCheckResponse response;
    response.set_status(status);
    writer_.Write(response, static_cast<Event*>(&written_event_));
    return;
  }
  waiting_ = true;
  alarm_.Set(loop_.queue(), std::chrono::system_clock::now() + kPeriod, static_cast<Event*>(&period_event_));
}

void HealthWatch::OnWritten(bool ok) {
  if (!ok) ending_ = true;
  Look();
}

void HealthWatch::OnPeriod(bool) {
  waiting_ = false;
  Look();
}

void HealthWatch::Drain() {
  ending_ = true;
  if (waiting_) alarm_.Cancel();  // OnPeriod() comes now, and ends the call
}

void HealthWatch::OnDone(bool) {
  done_ = true;
  Drain();
  EndIfIdle();
}

void HealthWatch::OnFinished(bool) {
  finished_ = true;
  EndIfIdle();
}

void HealthWatch::EndIfIdle() {
  if (!done_ || !finished_) return;
  loop_.Leave(this);
  delete this;
}

}  // namespace huidu::front::rpc
