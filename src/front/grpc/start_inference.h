#pragma once

#include "front/grpc/call_head.h"
#include "front/router/router.h"
#include "proto/inference/inference.pb.h"

namespace huidu::front::rpc {

// Admits a request, copies its tensors into the arena of the version that will answer, and runs it. `request` is not
// needed any more when this returns.
// `done` runs exactly once: here if the request is refused, later on an I/O thread if it ran. The servable of its
// result is nullptr if no version admitted the request.
void StartInference(const Router& router, const CallHead& head, const inference::ModelInferRequest& request,
                    ResultHandler done);

}  // namespace huidu::front::rpc
