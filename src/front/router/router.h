#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "front/channel/inference.h"
#include "front/router/answered_requests.h"
#include "front/router/choose.h"
#include "front/router/sample_sink.h"
#include "front/router/shadow_sink.h"
#include "front/router/ticket.h"
#include "front/table/serving_table.h"

namespace huidu::front {

// The end of one inference: the answer, and the version that gave it (for a failed one: that was asked last).
struct Result {
  Answer answer;
  std::shared_ptr<Servable> servable;
  RouteReason reason = RouteReason::kStable;
};
using ResultHandler = absl::AnyInvocable<void(Result)>;

// Decides which version answers and sees to it that an answer comes. HTTP and gRPC drive it in the same three steps:
// Admit() with what the head of the request says, fill a Payload in the admitted version's arena, Run().
// It knows the serving table and nothing of configuration or rollout.
//
// While a version is tried out beside stable, stable answers what it fails at, within the client's deadline; the
// failure counts against the version on trial. Where that takes longer than the split's patience stable is asked too,
// and the first good answer wins. A request that is itself wrong fails on both and counts against none.
//
// A worker that dies takes no request with it: its requests are run again on another worker of the version, else on the
// live version or another one with a fitting signature (unless the client forced this one, or the model's
// on_worker_death forbids it), else they wait for the restarted worker, all within their deadline. A request that has
// cost kMaxAttempts workers is given up: it is probably what kills them.
//
// Runs on: any thread. Handlers run on an I/O thread, or inside Run().
class Router {
 public:
  static constexpr int kMaxAttempts = 3;

  // `shadow`: takes copies of what stable has answered. `samples`: keeps requests. Both outlive the router; nullptr:
  // nobody does.
  explicit Router(const TableHolder& tables, ShadowSink* shadow = nullptr, SampleSink* samples = nullptr)
      : tables_(tables), shadow_(shadow), samples_(samples) {}

  std::shared_ptr<const ServingTable> table() const { return tables_.Get(); }

  // Which version answered which request; the protocols fill it.
  AnsweredRequests& answered() const { return answered_; }
  // nullptr: nobody keeps requests.
  SampleSink* samples() const { return samples_; }

  // Errors: NotFound (model, version; the text lists what is there), Unavailable (nothing ready), ResourceExhausted
  // (queue full: answer 429 with Retry-After).
  absl::StatusOr<Ticket> Admit(const RouteRequest& request) const;

  // The deadline that a request gets: the client's, but at most the model's own bound.
  static TimePoint Deadline(const Ticket& ticket, std::optional<std::chrono::nanoseconds> client_timeout);

  // Runs an admitted request whose payload came from NewPayload(). The handler runs exactly once.
  void Run(Ticket ticket, std::shared_ptr<const Payload> payload, TimePoint deadline, ResultHandler done) const;

 private:
  class Call;
  static absl::StatusOr<Ticket> AdmitTo(const ModelEntry& model, const RouteRequest& request);

  const TableHolder& tables_;
  ShadowSink* const shadow_;
  SampleSink* const samples_;
  mutable AnsweredRequests answered_;
};

}  // namespace huidu::front
