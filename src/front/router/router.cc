#include "front/router/router.h"

#include "base/status.h"
#include "base/strings.h"
#include "front/router/payload.h"

namespace huidu::front {
namespace {

int64_t UnixMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

uint64_t NanosSince(TimePoint start) { return static_cast<uint64_t>((Now() - start).count()); }

absl::Status QueueIsFull(const Servable& servable) {
  return absl::ResourceExhaustedError(StrCat("model '", servable.model(), "' version ", servable.version(), " has ",
                                             servable.max_queue(), " requests waiting (max_queue); try again later"));
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

Ticket::Ticket(std::shared_ptr<Servable> servable, RouteReason reason, std::shared_ptr<const Split> split)
    : servable_(std::move(servable)), reason_(reason), admitted_(Now()), split_(std::move(split)), queued_(true) {}

Ticket& Ticket::operator=(Ticket&& other) noexcept {
  if (this != &other) {
    Release();
    servable_ = std::move(other.servable_);
    other.servable_.reset();
    reason_ = other.reason_;
    admitted_ = other.admitted_;
    split_ = std::move(other.split_);
    queued_ = other.queued_;
    first_ = std::move(other.first_);
    counted_ = other.counted_;
    identity_ = std::move(other.identity_);
  }
  return *this;
}

Ticket::~Ticket() { Release(); }

void Ticket::Release() {
  if (servable_ != nullptr && queued_) servable_->Release();
  servable_.reset();
}

void Ticket::LeaveQueue() {
  if (std::exchange(queued_, false)) servable_->Release();
}

absl::Status Ticket::EnterQueue() {
  if (queued_) return absl::OkStatus();
  if (!servable_->Admit()) {
    servable_->stats().Count(Outcome::kOverload);
    return QueueIsFull(*servable_);
  }
  queued_ = true;
  admitted_ = Now();
  return absl::OkStatus();
}

std::shared_ptr<Servable> Ticket::Fallback() const {
  if (split_ == nullptr || reason_ == RouteReason::kForced || split_->fallback == servable_) return nullptr;
  return split_->fallback;
}

bool Ticket::MoveTo(std::shared_ptr<Servable> other) {
  if (!other->Admit()) return false;
  if (queued_) servable_->Release();
  servable_ = std::move(other);
  reason_ = RouteReason::kRetry;
  admitted_ = Now();
  queued_ = true;
  return true;
}

bool Ticket::FallBack(Outcome why) {
  const std::shared_ptr<Servable> fallback = Fallback();
  const std::shared_ptr<Servable> failed = servable_;
  if (fallback == nullptr || !fallback->HasWorker() || !MoveTo(fallback)) return false;
  if (first_ == nullptr) first_ = failed;
  if (why != Outcome::kClientError) CountHealth(why, 0);
  failed->stats().Count(why);
  failed->stats().retried_away.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void Ticket::CountHealth(Outcome outcome, uint64_t queue_ns) {
  if (std::exchange(counted_, true)) return;
  if (first_ == nullptr && outcome == Outcome::kSuccess) {
    servable_->health().AddLatency(NanosSince(admitted_), queue_ns);
  }
  Servable& asked = first_ == nullptr ? *servable_ : *first_;
  // What one version takes for the client's error and the other one answers is the error of the first.
  if (first_ != nullptr && outcome == Outcome::kSuccess) outcome = Outcome::kServerError;
  const bool fine = outcome == Outcome::kSuccess || outcome == Outcome::kClientError || outcome == Outcome::kOverload;
  fine ? asked.health().Count(outcome) : asked.CountFailure(outcome);
}

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
    worker.Submit(payload_, AttemptDeadline(),
                  [self = shared_from_this()](Answer answer) { self->OnAnswer(std::move(answer)); });
  }

  // A version on trial has so long; then stable is asked.
  TimePoint AttemptDeadline() const {
    if (ticket_.split() == nullptr || ticket_.split()->patience.count() == 0) return deadline_;
    if (ticket_.Fallback() == nullptr) return deadline_;
    return std::min(deadline_, Now() + ticket_.split()->patience);
  }

  void OnAnswer(Answer answer) {
    if (answer.rescinded) return OnRescinded();
    if (answer.worker_lost) return OnWorkerLost(std::move(answer));
    if (!answer.status.ok() && MoveToFallback(answer)) return;
    Finish(std::move(answer));
  }

  void OnRescinded() {
    if (ticket_.reason() == RouteReason::kForced || !MoveToOtherVersion()) Start();
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
    absl::StatusOr<std::shared_ptr<const Payload>> payload = Translate(servable(), *payload_, *fallback);
    const std::shared_ptr<WorkerChannel> worker = fallback->PickWorker();
    if (!payload.ok() || worker == nullptr) return false;
    const std::shared_ptr<Servable> failed = ticket_.shared();
    if (!ticket_.FallBack(OutcomeOf(answer.status, /*worker_lost=*/false))) return false;
    RememberFailure(failed, answer.status);
    payload_ = *std::move(payload);
    Attempt(*worker);
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
        return Fail(
            absl::UnavailableError(StrCat("version ", servable().version(), " has no worker and is not restarted")));
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
    std::shared_ptr<WorkerChannel> worker = other->PickWorker();
    if (worker == nullptr) return false;
    absl::StatusOr<std::shared_ptr<const Payload>> payload = Translate(servable(), *payload_, *other);
    if (!payload.ok()) return false;
    const std::shared_ptr<Servable> left = ticket_.shared();
    if (!ticket_.MoveTo(other)) return false;
    left->stats().retried_away.fetch_add(1, std::memory_order_relaxed);
    payload_ = *std::move(payload);
    Attempt(*worker);
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
};

void Router::Run(Ticket ticket, std::shared_ptr<const Payload> payload, TimePoint deadline, ResultHandler done) const {
  std::make_shared<Call>(*this, std::move(ticket), std::move(payload), deadline, std::move(done))->Start();
}

}  // namespace huidu::front
