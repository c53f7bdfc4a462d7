#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "front/router/router.h"

namespace huidu::front {

// KServe V2 over gRPC: inference (single and streamed), metadata, statistics, the repository index, grpc.health.v1 and
// server reflection. The router decides everything; this turns messages into payloads and answers into messages.
//
// Runs on: Start() and Shutdown() on one thread, which is not one of the router's I/O threads; requests on threads of
//          its own, answers on whichever thread the router brings them.
// Lives:   the router outlives it. Shutdown() first, then the versions and their workers may stop.
// Errors:  Start() says why the port cannot be had or a certificate not be read. A request's error goes to its client.
class GrpcServer {
 public:
  struct Options {
    std::string host = "0.0.0.0";
    int port = 0;                                                        // 0: a free one
    size_t max_message_bytes = (size_t{256} << 20) + (size_t{1} << 20);  // tensors of 256 MiB, and names around them
    std::string tls_cert;                                                // PEM files; both or none
    std::string tls_key;
    std::chrono::milliseconds send_timeout{60'000};  // a client that has not taken its answer by then is cut off
    int threads = 1;                                 // one serves more requests than two cores can send
  };

  GrpcServer(const Router& router, Options options);
  ~GrpcServer();  // Shutdown() at once, if nobody called it

  // The port that it listens on.
  absl::StatusOr<int> Start();

  // Takes no new calls, lets those in flight finish, answers UNAVAILABLE to those that are left after `wait`. Blocks.
  void Shutdown(std::chrono::milliseconds wait);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace huidu::front
