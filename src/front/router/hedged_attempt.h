#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "front/router/standby.h"

namespace huidu::front {

// A request at a version on trial, which stable is asked too once the version's patience is over. The first good answer
// ends it, and the other one is cancelled. Where one fails, the other one is waited for.
//
// Decides nothing else: what counts for whom, and what follows a failure, is the caller's, who gets all of it at once
// and so is never called by two threads.
//
// Runs on: both workers' I/O threads, also at the same time. `done` runs exactly once, on one of them or inside
// Start(). Lives:   shared by the worker channels that still have the request. After `done` it holds nothing.
class HedgedAttempt : public std::enable_shared_from_this<HedgedAttempt> {
 public:
  struct End {
    std::optional<Answer> own;       // of the version on trial; none: stable was first
    std::optional<Standby> standby;  // stable; none: it was not asked, as patience was not over or it had no room
    std::optional<Answer> stable;    // none: it was not asked, or the version on trial was first
    bool own_won() const { return own && own->status.ok(); }
    bool stable_won() const { return stable && stable->status.ok(); }
  };
  using Done = absl::AnyInvocable<void(End)>;

  HedgedAttempt(std::shared_ptr<Servable> on_trial, std::shared_ptr<Servable> stable,
                std::shared_ptr<const Payload> payload, Done done);

  // Both have until `deadline`; stable is asked at `patience_over`, if it has room then.
  void Start(WorkerChannel& worker, TimePoint patience_over, TimePoint deadline);

 private:
  void AskStable(TimePoint deadline);
  void OnAnswer(std::optional<Answer> End::*whose, Answer answer);
  // What a version was asked, to take it back when the other one was first.
  struct Asked {
    std::shared_ptr<WorkerChannel> worker;
    uint64_t id = 0;
    void Cancel() const {
      if (worker != nullptr) worker->Cancel(id);
    }
  };
  void Remember(Asked HedgedAttempt::*place, Asked asked);

  const std::shared_ptr<Servable> on_trial_, stable_;
  std::mutex mutex_;  // guards everything below
  std::shared_ptr<const Payload> payload_;
  Asked asked_own_, asked_stable_;
  End end_;
  Done done_;  // empty after the end
};

}  // namespace huidu::front
