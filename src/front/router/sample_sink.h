#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "front/channel/inference.h"
#include "front/router/choose.h"
#include "front/table/servable.h"

namespace huidu::front {

// Whose request it is, as far as the client said. Only kept for models that keep samples.
struct RequestIdentity {
  std::string request_id;
  std::string user;  // empty: unknown
};

// A request with its end, just before its memory is given back.
struct FinishedRequest {
  const Servable& servable;  // that answered or was asked last
  RouteReason reason;
  const Payload& payload;  // in that version's request arena
  const Answer& answer;
  uint64_t total_ns;                // from the first admission
  const RequestIdentity* identity;  // nullptr: unknown
  // The version that failed at it first, where the request was run again, and at what; nullptr: none did.
  const Servable* failed;
  const absl::Status* failure;
};

// Where requests go that may be worth keeping. Runs on: any I/O thread, on a user's path: it decides and copies, and
// never waits.
class SampleSink {
 public:
  virtual ~SampleSink() = default;
  // Whether anything of this model may be kept.
  virtual bool Wants(std::string_view model) const = 0;
  virtual void OnFinished(const FinishedRequest& request) = 0;
  // A client says that an answer was wrong. `expected`: what would have been right, if it says so.
  virtual void OnNegativeFeedback(std::string_view model, std::string_view request_id,
                                  std::optional<std::string> expected) = 0;
};

}  // namespace huidu::front
