#pragma once

#include "front/grpc/completion_loop.h"
#include "front/router/router.h"

namespace huidu::front::rpc {

// Waits on `loop` for the first client of every method of both services.
// Runs on: the thread that starts the server, before the loop runs.
void ListenToAll(CompletionLoop& loop, InferenceService& inference, HealthService& health, const Router& router);

}  // namespace huidu::front::rpc
