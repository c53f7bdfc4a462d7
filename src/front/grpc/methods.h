#pragma once

#include "front/grpc/completion_loop.h"
#include "front/grpc/start_inference.h"

namespace huidu::front::rpc {

// Waits on `loop` for the first client of every method of both services.
// `context` stays as long as the server.
// Runs on: the thread that starts the server, before the loop runs.
void ListenToAll(CompletionLoop& loop, InferenceService& inference, HealthService& health, const InferContext& context);

}  // namespace huidu::front::rpc
