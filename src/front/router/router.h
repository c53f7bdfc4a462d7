#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "front/channel/inference.h"
#include "front/table/serving_table.h"

namespace huidu::front {

// Why a version answered; sent back as x-huidu-route.
enum class RouteReason { kForced, kLive, kRetry };
const char* Name(RouteReason reason);

// What a protocol knows of a request before its body.
struct RouteRequest {
  std::string_view model;
  std::string_view version;  // from the path, the header or the request: a version id or a label; empty: the live one
};

// A place in the queue of the version that will answer. Gives the place back when it is destroyed.
// Runs on: one thread at a time. Movable.
class Ticket {
 public:
  Ticket() = default;
  Ticket(std::shared_ptr<Servable> servable, RouteReason reason);
  Ticket(Ticket&&) noexcept = default;
  Ticket& operator=(Ticket&& other) noexcept;
  ~Ticket();

  Servable& servable() const { return *servable_; }
  const std::shared_ptr<Servable>& shared() const { return servable_; }
  RouteReason reason() const { return reason_; }
  TimePoint admitted() const { return admitted_; }

 private:
  std::shared_ptr<Servable> servable_;
  RouteReason reason_ = RouteReason::kLive;
  TimePoint admitted_;
};

// The end of one inference: the answer, and the version that gave it (for a failed one: that was asked last).
struct Result {
  Answer answer;
  std::shared_ptr<Servable> servable;
  RouteReason reason = RouteReason::kLive;
};
using ResultHandler = absl::AnyInvocable<void(Result)>;

// Decides which version answers and sees to it that an answer comes. HTTP and gRPC drive it in the same three steps:
// Admit() with what the head of the request says, fill a Payload in the admitted version's arena, Run().
// It knows the serving table and nothing of configuration or rollout.
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

  explicit Router(const TableHolder& tables) : tables_(tables) {}

  std::shared_ptr<const ServingTable> table() const { return tables_.Get(); }

  // Errors: NotFound (model, version; the text lists what is there), Unavailable (nothing ready), ResourceExhausted
  // (queue full: answer 429 with Retry-After).
  absl::StatusOr<Ticket> Admit(const RouteRequest& request) const;

  // The deadline that a request gets: the client's, but at most the model's own bound.
  static TimePoint Deadline(const Ticket& ticket, std::optional<std::chrono::nanoseconds> client_timeout);

  // Runs an admitted request whose payload came from NewPayload(). The handler runs exactly once.
  void Run(Ticket ticket, std::shared_ptr<const Payload> payload, TimePoint deadline, ResultHandler done) const;

 private:
  class Call;
  const TableHolder& tables_;
};

}  // namespace huidu::front
