#pragma once

#include <memory>
#include <vector>

#include "front/channel/inference.h"
#include "front/router/sample_sink.h"
#include "front/table/servable.h"

namespace huidu::front {

// What stable has answered a user, kept for a comparison. Holds the answer's memory in the worker's arena.
struct ShadowRequest {
  std::shared_ptr<Servable> stable;
  std::shared_ptr<Servable> candidate;
  std::shared_ptr<const Payload> payload;           // in stable's request arena
  std::vector<Output> answer;                       // stable's
  std::shared_ptr<const ResponseLease> lease;       // of the answer
  std::shared_ptr<const RequestIdentity> identity;  // nullptr: nobody keeps requests of this model
};

// Where copies of answered requests go. Runs on: any I/O thread, on a user's path: it takes or drops, and never waits.
class ShadowSink {
 public:
  virtual ~ShadowSink() = default;
  virtual void Offer(ShadowRequest request) = 0;
};

}  // namespace huidu::front
