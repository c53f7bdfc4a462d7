#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "absl/functional/function_ref.h"
#include "front/grpc/call_head.h"
#include "front/router/router.h"

namespace huidu::front::rpc {

// What calls need to answer requests. Constant while the server runs.
struct InferContext {
  const Router& router;
  size_t max_message_bytes;
};

// Parses a request, admits it, copies its tensors into the arena of the version that will answer, and runs it.
// `message` is empty when this returns. `id` is set to the request's id before anything else happens. `done` runs
// exactly once: here if the request is refused, later on an I/O thread if it ran. The servable of its result is nullptr
// if no version admitted the request. `request_id` says, once `id` is set, which id the answer will carry.
void StartInference(const InferContext& context, const CallHead& head, const Caller& caller,
                    ::grpc::ByteBuffer& message, std::string& id, absl::FunctionRef<std::string_view()> request_id,
                    ResultHandler done);

}  // namespace huidu::front::rpc
