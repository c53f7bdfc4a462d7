#include "front/router/router.h"

#include "base/status.h"
#include "base/strings.h"
#include "front/router/hedged_attempt.h"
#include "front/router/standby.h"

namespace huidu::front {
namespace {

int64_t UnixMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

RequestIdentity IdentityOf(const ModelEntry& entry, const RouteRequest& request) {
  const std::string_view user =
      entry.rules == nullptr ? UserOf(RoutingRules{}, request) : UserOf(*entry.rules, request);
  return {std::string(request.request_id), std::string(user)};
}

uint64_t Rows(const Payload& payload) {
  if (payload.inputs.empty() || payload.inputs[0].shape.empty()) return 1;
  return static_cast<uint64_t>(payload.inputs[0].shape[0]);
}

}  // namespace

absl::StatusOr<Ticket> Router::Admit(const RouteRequest& request) const {
  const std::shared_ptr<const ServingTable> table = tables_.Get();
  HUIDU_ASSIGN_OR_RETURN(const ModelEntry* const entry, FindModel(*table, request.model));
  absl::StatusOr<Ticket> ticket = AdmitTo(*entry, request);
  if (ticket.ok() && samples_ != nullptr && samples_->Wants(request.model)) {
    ticket->SetIdentity(std::make_shared<const RequestIdentity>(IdentityOf(*entry, request)));
  }
  return ticket;
}

absl::StatusOr<Ticket> Router::AdmitTo(const ModelEntry& model, const RouteRequest& request) {
  const ModelEntry* const entry = &model;
  HUIDU_ASSIGN_OR_RETURN(Choice choice, Choose(*entry, request));
  if (choice.servable->Admit()) return Ticket(std::move(choice.servable), choice.reason, entry->split);
  choice.servable->stats().Count(Outcome::kOverload);
  choice.servable->health().Count(Outcome::kOverload);
  const bool other = choice.reason != RouteReason::kForced && entry->live != choice.servable;
  if (other && entry->live != nullptr && entry->live->Admit()) {
    return Ticket(entry->live, RouteReason::kRetry, entry->split);
  }
  return QueueIsFull(*choice.servable);
}

TimePoint Router::Deadline(const Ticket& ticket, std::optional<std::chrono::nanoseconds> client_timeout) {
  std::chrono::nanoseconds timeout = ticket.servable().request_timeout();
  if (client_timeout.has_value() && *client_timeout < timeout) timeout = *client_timeout;
  return ticket.admitted() + timeout;
}

// One request from its first attempt to its answer. Lives: shared by whoever will call it next, a worker's channel or a
// version's parking place; never by two at once.
class Router::Call : public std::enable_shared_from_this<Call> {
 public:
  Call(const Router& router, Ticket ticket, std::shared_ptr<const Payload> payload, TimePoint deadline,
       ResultHandler done)
      : tables_(router.tables_),
        shadow_(router.shadow_),
        samples_(router.samples_),
        ticket_(std::move(ticket)),
        start_(ticket_.admitted()),
        payload_(std::move(payload)),
        deadline_(deadline),
        done_(std::move(done)) {}

  void Start() {
    if (std::shared_ptr<WorkerChannel> worker = servable().PickWorker()) return Attempt(*worker);
    FindOther();
  }

 private:
  Servable& servable() const { return ticket_.servable(); }
  OnWorkerDeath policy() const { return servable().on_worker_death(); }

  void Attempt(WorkerChannel& worker) {
    const TimePoint patience_over = PatienceOver();
    if (patience_over < deadline_) return AttemptHedged(worker, patience_over);
    worker.Submit(payload_, deadline_,
                  [self = shared_from_this()](Answer answer) { self->OnAnswer(std::move(answer)); });
  }

  void AttemptHedged(WorkerChannel& worker, TimePoint patience_over) {
    auto on_end = [self = shared_from_this()](HedgedAttempt::End end) { self->OnHedgeEnd(std::move(end)); };
    std::make_shared<HedgedAttempt>(ticket_.shared(), ticket_.Fallback(), payload_, std::move(on_end))
        ->Start(worker, patience_over, deadline_);
  }

  // A version on trial has so long by itself; then stable is asked as well. Where the policy has no hedge that is half
  // of what the client has left: a version that hangs must leave stable the time to answer.
  TimePoint PatienceOver() const {
    if (ticket_.Fallback() == nullptr) return TimePoint::max();
    const std::chrono::nanoseconds patience = ticket_.split()->patience;
    const TimePoint now = Now();
    return patience.count() != 0 ? now + patience : now + (deadline_ - now) / 2;
  }

  void OnHedgeEnd(HedgedAttempt::End end) {
    if (!end.standby) return OnAnswer(*std::move(end.own));  // in time, or stable could not be asked
    CountHedge(end);
    if (!end.own_won()) return GoOnAtStable(std::move(end));
    if (end.stable) {
      end.standby->ticket.servable().stats().Count(OutcomeOf(end.stable->status, end.stable->worker_lost));
    }
    end.standby.reset();
    Finish(*std::move(end.own));
  }

  void CountHedge(const HedgedAttempt::End& end) {
    VersionStats& stats = servable().stats();
    std::atomic<uint64_t>& counter = end.own_won()      ? stats.hedged_won
                                     : end.stable_won() ? stats.hedged_lost
                                                        : stats.hedged_failed;
    counter.fetch_add(1, std::memory_order_relaxed);
  }

  // Stable was asked, and the version on trial has failed or is too slow: that counts now, and stable's answer goes on
  // as if it had been asked alone.
  void GoOnAtStable(HedgedAttempt::End end) {
    if (end.own && end.own->rescinded) RememberRescinded();
    const bool too_slow = !end.own || end.own->rescinded;
    if (!too_slow && end.own->worker_lost) ++lost_;
    const Outcome why = too_slow ? Outcome::kDeadline : OutcomeOf(end.own->status, end.own->worker_lost);
    RememberFailure(ticket_.shared(), too_slow ? TooSlow() : end.own->status);
    ticket_.FallBackTo(std::move(end.standby->ticket), why);
    payload_ = std::move(end.standby->payload);
    OnAnswer(*std::move(end.stable));
  }

  absl::Status TooSlow() const {
    const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(ticket_.split()->patience);
    return absl::DeadlineExceededError(
        StrCat("it took longer than the ", patience.count(), " ms after which stable is asked too"));
  }

  void OnAnswer(Answer answer) {
    if (answer.rescinded) return OnRescinded();
    if (answer.worker_lost) return OnWorkerLost(std::move(answer));
    if (!answer.status.ok() && MoveToFallback(answer)) return;
    Finish(std::move(answer));
  }

  void OnRescinded() {
    RememberRescinded();
    if (ticket_.reason() == RouteReason::kForced || !MoveToOtherVersion()) Start();
  }

  // For the audit of the rollback.
  void RememberRescinded() {
    if (rescinded_from_ != nullptr) return;
    rescinded_from_ = ticket_.shared();
    rescinded_from_->stats().rescinded.fetch_add(1, std::memory_order_release);
  }

  void CountRescue(Outcome outcome) {
    if (rescinded_from_ == nullptr) return;
    VersionStats& stats = rescinded_from_->stats();
    const bool answered = outcome == Outcome::kSuccess || outcome == Outcome::kClientError;
    std::atomic<uint64_t>& counter = !answered                             ? stats.rescinded_lost
                                     : ticket_.shared() == rescinded_from_ ? stats.rescinded_finished
                                                                           : stats.rescinded_run_again;
    counter.fetch_add(1, std::memory_order_release);
  }

  void OnWorkerLost(Answer answer) {
    servable().stats().Count(Outcome::kWorkerLost);
    ticket_.CountHealth(Outcome::kWorkerLost, 0);
    RememberFailure(ticket_.shared(), answer.status);
    if (++lost_ >= kMaxAttempts) {
      return Fail(absl::InternalError(StrCat("the worker of version ", servable().version(), " died ", lost_,
                                             " times while it had this request; it is not tried again")));
    }
    if (policy() == OnWorkerDeath::kFail && ticket_.Fallback() == nullptr) return Fail(answer.status);
    Start();
  }

  // Whatever a version on trial says no to, stable is asked as well: only if that refuses too was the request wrong.
  bool MoveToFallback(const Answer& answer) {
    const std::shared_ptr<Servable> fallback = ticket_.Fallback();
    if (fallback == nullptr || Now() >= deadline_) return false;
    std::optional<Standby> standby = TakeStandby(fallback, servable(), *payload_);
    if (!standby) return false;
    RememberFailure(ticket_.shared(), answer.status);
    ticket_.FallBackTo(std::move(standby->ticket), OutcomeOf(answer.status, /*worker_lost=*/false));
    payload_ = std::move(standby->payload);
    Attempt(*standby->worker);
    return true;
  }

  // No worker of this version is there. Another version answers if it may, else the request waits for the restart.
  void FindOther() {
    const bool on_trial = ticket_.Fallback() != nullptr;  // then the policy is not asked: stable answers
    const bool may_move = policy() == OnWorkerDeath::kOtherVersion && ticket_.reason() != RouteReason::kForced;
    if ((on_trial || may_move) && MoveToOtherVersion()) return;
    servable().Park(deadline_, [self = shared_from_this()](Servable::Wait end) { self->OnWaitOver(end); });
  }

  void OnWaitOver(Servable::Wait end) {
    switch (end) {
      case Servable::Wait::kWorker: return Start();
      case Servable::Wait::kDeadline:
        return Fail(absl::DeadlineExceededError(StrCat("the worker of version ", servable().version(),
                                                       " was being restarted until the request's deadline")));
      case Servable::Wait::kGone:
        if (ticket_.reason() != RouteReason::kForced && MoveToOtherVersion()) return;
        return Fail(absl::UnavailableError(
            StrCat("version ", servable().version(), " has no worker and is not restarted; `huidu status` says why")));
    }
  }

  // The live version first, then the others, newest name first.
  bool MoveToOtherVersion() {
    const std::shared_ptr<const ServingTable> table = tables_.Get();
    const ModelEntry* entry = table->Find(servable().model());
    if (entry == nullptr) return false;
    if (entry->live != nullptr && MoveTo(entry->live)) return true;
    for (auto it = entry->versions.rbegin(); it != entry->versions.rend(); ++it) {
      if (MoveTo(it->second)) return true;
    }
    return false;
  }

  bool MoveTo(const std::shared_ptr<Servable>& other) {
    if (other == ticket_.shared()) return false;
    std::optional<Standby> standby = TakeStandby(other, servable(), *payload_);
    if (!standby) return false;
    servable().stats().retried_away.fetch_add(1, std::memory_order_relaxed);
    ticket_.MoveTo(std::move(standby->ticket));
    payload_ = std::move(standby->payload);
    Attempt(*standby->worker);
    return true;
  }

  void Fail(absl::Status status) {
    Answer answer;
    answer.status = std::move(status);
    Finish(std::move(answer));
  }

  // For who keeps requests: a rescued one is a sample of the version that failed at it.
  void RememberFailure(const std::shared_ptr<Servable>& failed, const absl::Status& status) {
    if (ticket_.identity() == nullptr || failed_ != nullptr) return;
    failed_ = failed;
    failure_ = status;
  }

  void OfferSample(const Answer& answer) {
    if (ticket_.identity() == nullptr) return;
    samples_->OnFinished({servable(), ticket_.reason(), *payload_, answer, NanosSince(start_), ticket_.identity().get(),
                          failed_.get(), failed_ == nullptr ? nullptr : &failure_});
  }

  void Finish(Answer answer) {
    Record(answer);
    OfferToShadow(answer);
    OfferSample(answer);
    ResultHandler done = std::move(done_);
    Result result{std::move(answer), ticket_.shared(), ticket_.reason()};
    payload_.reset();
    { const Ticket freed = std::move(ticket_); }
    done(std::move(result));
  }

  void OfferToShadow(const Answer& answer) {
    const Split* const split = ticket_.split().get();
    if (shadow_ == nullptr || split == nullptr || split->shadow == nullptr || !answer.status.ok()) return;
    if (ticket_.reason() != RouteReason::kStable || split->shadow_sequence->Next() >= split->shadow_share) return;
    shadow_->Offer({ticket_.shared(), split->shadow, payload_, answer.outputs, answer.lease, ticket_.identity()});
  }

  void Record(const Answer& answer) {
    VersionStats& stats = servable().stats();
    const uint64_t total_ns = NanosSince(ticket_.admitted());
    const Outcome outcome = OutcomeOf(answer.status, /*worker_lost=*/false);
    ticket_.CountHealth(outcome, answer.queue_ns);
    stats.Count(outcome);
    CountRescue(outcome);
    stats.total.Add(total_ns);
    if (!answer.status.ok()) {
      stats.fail_ns.fetch_add(total_ns, std::memory_order_relaxed);
      return;
    }
    stats.queue.Add(answer.queue_ns);
    stats.infer.Add(answer.infer_ns);
    stats.inferences.fetch_add(Rows(*payload_), std::memory_order_relaxed);
    stats.last_inference_ms.store(UnixMillis(), std::memory_order_relaxed);
  }

  const TableHolder& tables_;
  ShadowSink* const shadow_;
  SampleSink* const samples_;
  Ticket ticket_;
  const TimePoint start_;
  std::shared_ptr<const Payload> payload_;
  const TimePoint deadline_;
  ResultHandler done_;
  int lost_ = 0;
  std::shared_ptr<Servable> failed_;  // with failure_: the first failure of a request that was run again
  absl::Status failure_;
  std::shared_ptr<Servable> rescinded_from_;  // the version that it was taken from as that was taken out
};

void Router::Run(Ticket ticket, std::shared_ptr<const Payload> payload, TimePoint deadline, ResultHandler done) const {
  std::make_shared<Call>(*this, std::move(ticket), std::move(payload), deadline, std::move(done))->Start();
}

}  // namespace huidu::front
