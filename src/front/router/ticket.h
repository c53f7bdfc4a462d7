#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "base/clock.h"
#include "front/router/choose.h"
#include "front/router/sample_sink.h"
#include "front/table/serving_table.h"

namespace huidu::front {

inline uint64_t NanosSince(TimePoint start) { return static_cast<uint64_t>((Now() - start).count()); }

// Why a version takes no more requests. The error carries its name for RefusedBy().
absl::Status QueueIsFull(const Servable& servable);
// The version that refused a request before it was admitted; empty if the error is not of a version.
std::string RefusedBy(const absl::Status& status);

// A place in the queue of the version that will answer. Gives the place back when it is destroyed.
// Runs on: one thread at a time. Movable.
class Ticket {
 public:
  Ticket() = default;
  // With a place that the servable's Admit() granted. `split`: nullptr if nothing is being tried out.
  Ticket(std::shared_ptr<Servable> servable, RouteReason reason, std::shared_ptr<const Split> split = nullptr);
  Ticket(Ticket&&) noexcept = default;
  Ticket& operator=(Ticket&& other) noexcept;
  ~Ticket();

  Servable& servable() const { return *servable_; }
  const std::shared_ptr<Servable>& shared() const { return servable_; }
  RouteReason reason() const { return reason_; }
  TimePoint admitted() const { return admitted_; }
  const std::shared_ptr<const Split>& split() const { return split_; }

  // Gives the place back for as long as the client is still sending, and takes one again. Error: ResourceExhausted.
  void LeaveQueue();
  absl::Status EnterQueue();

  // The version that answers what this one fails at; nullptr if there is none: it is stable, or was forced.
  std::shared_ptr<Servable> Fallback() const;
  // Goes on with a place that was taken in another version's queue; this one is given back.
  void MoveTo(Ticket taken);
  // Moves on to the fallback after this version has failed at the request; false if it cannot take it. What comes of it
  // counts for the version that was asked first.
  bool FallBack(Outcome why);
  // The same with a place that was taken in the fallback's queue.
  void FallBackTo(Ticket taken, Outcome why);

  // Whose request it is; nullptr: nobody keeps it.
  void SetIdentity(std::shared_ptr<const RequestIdentity> identity) { identity_ = std::move(identity); }
  const std::shared_ptr<const RequestIdentity>& identity() const { return identity_; }

  // Counts the request once, for the version that was asked first.
  void CountHealth(Outcome outcome, uint64_t queue_ns);

 private:
  void Release();

  std::shared_ptr<Servable> servable_;
  RouteReason reason_ = RouteReason::kStable;
  TimePoint admitted_;
  std::shared_ptr<const Split> split_;
  bool queued_ = false;
  std::shared_ptr<Servable> first_;  // after FallBack(): whom the request counts for
  bool counted_ = false;
  std::shared_ptr<const RequestIdentity> identity_;
};

}  // namespace huidu::front
