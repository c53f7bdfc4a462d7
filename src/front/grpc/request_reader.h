#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "absl/status/status.h"
#include "proto/inference/inference.pb.h"

namespace huidu::front::rpc {

// Parses a request as it came over the wire, gzip or deflate inflated. (gRPC's own inflating is switched off: it has no
// bound, so that one small message could fill the memory.) Leaves `buffer` empty.
// Errors: InvalidArgument (damaged, or no ModelInferRequest), ResourceExhausted (more than `max_bytes` when inflated).
absl::Status ReadRequest(::grpc::ByteBuffer& buffer, size_t max_bytes, inference::ModelInferRequest& request);

}  // namespace huidu::front::rpc
