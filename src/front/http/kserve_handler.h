#pragma once

#include <cstddef>
#include <cstdint>

#include "front/router/router.h"
#include "http/server.h"

namespace huidu::front {

// KServe V2 over HTTP: inference with JSON and binary tensors, metadata, readiness, statistics, and the repository
// index. The paths are in routes.cc. The router decides everything; this turns bodies into payloads and answers into
// bodies.
//
// Runs on: the I/O threads of the server that it is given to.
// Lives:   longer than that server. Borrows the router.
// Errors:  {"error":"…"} with the status of the error's code.
class KServeHandler final : public http::Handler {
 public:
  struct Options {
    size_t max_json_bytes = size_t{64} << 20;        // of a body without binary tensors
    size_t max_json_header_bytes = size_t{8} << 20;  // before binary tensors
    uint32_t log_every = 0;  // one request of so many is logged at level info; 0: none. At level debug all are
  };

  KServeHandler(const Router& router, Options options) : router_(router), options_(options) {}

  boost::asio::awaitable<http::Response> Handle(http::Request& request, http::BodyReader& body) override;
  http::Response Refuse(const http::Request& request, const absl::Status& why) override;

 private:
  const Router& router_;
  const Options options_;
};

}  // namespace huidu::front
