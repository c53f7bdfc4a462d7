#pragma once

#include <grpcpp/server_context.h>

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/clock.h"
#include "front/router/router.h"

namespace huidu::front::rpc {

// What a call's metadata says.
struct CallHead {
  std::string version;                // x-model-version
  std::string request_id;             // x-request-id
  std::string traceparent;            // for the log, and back to the client
  std::optional<TimePoint> deadline;  // from grpc-timeout
};
CallHead ReadHead(const ::grpc::ServerContext& context);

// The client of a call. Lives: inside the call.
class GrpcCaller : public Caller {
 public:
  explicit GrpcCaller(const ::grpc::ServerContext& context) : context_(context) {}
  std::string_view Header(std::string_view name) const override;
  std::string Joined(std::string_view name) const override;
  std::string_view Peer() const override;

 private:
  const ::grpc::ServerContext& context_;
  mutable std::string peer_;  // made when it is asked for
};

// Puts x-request-id, traceparent, x-model-version and x-huidu-route into the initial and the trailing metadata.
// `result.servable` may be nullptr: the request was not admitted. If it was a version that refused it, that is named.
void AddAnswerMetadata(const CallHead& head, const Result& result, ::grpc::ServerContext& context);

// The codes are the same. The text is cut to what fits into the metadata that every client accepts.
::grpc::Status ToGrpc(const absl::Status& status);

// One line for a request, at level debug.
void LogRequest(const CallHead& head, std::string_view request_id, const Result& result);

}  // namespace huidu::front::rpc
