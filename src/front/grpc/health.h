#pragma once

#include <grpcpp/alarm.h>

#include <optional>

#include "front/grpc/completion_loop.h"
#include "front/router/router.h"

namespace huidu::front::rpc {

// The status of "" or of the inference service (the server), or of a model; SERVICE_UNKNOWN if it is none of them.
::grpc::health::v1::HealthCheckResponse::ServingStatus HealthOf(const ServingTable& table, std::string_view service);

// One grpc.health.v1 Watch call: the status now, and each time that it has changed, looked at every kPeriod.
//
// Runs on: the loop's thread.
// Lives:   owns itself, until the client goes away or the server stops.
class HealthWatch final : public OpenCall {
 public:
  static constexpr std::chrono::milliseconds kPeriod{200};

  // Waits for the next client.
  static void Listen(CompletionLoop& loop, HealthService& service, const Router& router);

  void Drain() override;
  void Abandon() override { Drain(); }
  void CheckSending(TimePoint) override {}  // what it sends is tiny

 private:
  using Status = ::grpc::health::v1::HealthCheckResponse::ServingStatus;

  HealthWatch(CompletionLoop& loop, HealthService& service, const Router& router)
      : loop_(loop), service_(service), router_(router) {}
  void OnAccepted(bool ok);
  void OnWritten(bool ok);
  void OnPeriod(bool ok);
  void OnDone(bool ok);
  void OnFinished(bool ok);
  void Look();
  void EndIfIdle();

  CompletionLoop& loop_;
  HealthService& service_;
  const Router& router_;
  ::grpc::ServerContext context_;
  ::grpc::health::v1::HealthCheckRequest request_;
  ::grpc::ServerAsyncWriter<::grpc::health::v1::HealthCheckResponse> writer_{&context_};
  ::grpc::Alarm alarm_;
  std::optional<Status> told_;
  bool waiting_ = false;   // for the period's end
  bool ending_ = false;    // the server stops, or the client is gone
  bool done_ = false;      // gRPC knows that the call is over
  bool finished_ = false;  // our last operation has ended
  MethodEvent<HealthWatch, &HealthWatch::OnAccepted> accepted_event_{this};
  MethodEvent<HealthWatch, &HealthWatch::OnWritten> written_event_{this};
  MethodEvent<HealthWatch, &HealthWatch::OnPeriod> period_event_{this};
  MethodEvent<HealthWatch, &HealthWatch::OnDone> done_event_{this};
  MethodEvent<HealthWatch, &HealthWatch::OnFinished> finished_event_{this};
};

}  // namespace huidu::front::rpc
