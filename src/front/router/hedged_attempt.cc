#include "front/router/hedged_attempt.h"

#include <utility>

namespace huidu::front {

HedgedAttempt::HedgedAttempt(std::shared_ptr<Servable> on_trial, std::shared_ptr<Servable> stable,
                             std::shared_ptr<const Payload> payload, Done done)
    : on_trial_(std::move(on_trial)),
      stable_(std::move(stable)),
      payload_(std::move(payload)),
      done_(std::move(done)) {}

void HedgedAttempt::Start(WorkerChannel& worker, TimePoint patience_over, TimePoint deadline) {
  const std::shared_ptr<HedgedAttempt> self = shared_from_this();
  const uint64_t id =
      worker.Submit(payload_, deadline, [self](Answer answer) { self->OnAnswer(&End::own, std::move(answer)); },
                    {patience_over, [self, deadline] { self->AskStable(deadline); }});
  Remember(&HedgedAttempt::asked_own_, {worker.shared_from_this(), id});
}

void HedgedAttempt::AskStable(TimePoint deadline) {
  std::shared_ptr<const Payload> payload;
  {
    std::lock_guard lock(mutex_);
    payload = payload_;
  }
  if (payload == nullptr) return;
  std::optional<Standby> standby = TakeStandby(stable_, *on_trial_, *payload);
  if (!standby) return;
  const std::shared_ptr<WorkerChannel> worker = standby->worker;
  payload = standby->payload;
  {
    std::lock_guard lock(mutex_);
    if (!done_) return;
    end_.standby = std::move(standby);
  }
  const uint64_t id = worker->Submit(std::move(payload), deadline, [self = shared_from_this()](Answer answer) {
    self->OnAnswer(&End::stable, std::move(answer));
  });
  Remember(&HedgedAttempt::asked_stable_, {worker, id});
}

void HedgedAttempt::Remember(Asked HedgedAttempt::*place, Asked asked) {
  {
    std::lock_guard lock(mutex_);
    if (done_) {
      this->*place = std::move(asked);
      return;
    }
  }
  asked.Cancel();  // the other one was first already, or this one's answer has come
}

void HedgedAttempt::OnAnswer(std::optional<Answer> End::*whose, Answer answer) {
  End end;
  Done done;
  std::shared_ptr<const Payload> payload;  // freed outside the lock
  Asked own, stable;
  {
    std::lock_guard lock(mutex_);
    if (!done_) return;  // the other one was first
    const bool good = answer.status.ok();
    end_.*whose = std::move(answer);
    const bool nobody_is_left = end_.own && (!end_.standby || end_.stable);
    if (!good && !nobody_is_left) return;
    end = std::exchange(end_, End{});
    done = std::exchange(done_, nullptr);
    payload = std::exchange(payload_, nullptr);
    own = std::exchange(asked_own_, {});
    stable = std::exchange(asked_stable_, {});
  }
  payload.reset();
  own.Cancel();
  stable.Cancel();
  done(std::move(end));
}

}  // namespace huidu::front
