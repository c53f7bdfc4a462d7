#include "front/router/router.h"

#include "base/strings.h"
#include "base/status.h"
#include "front/router/payload.h"

namespace huidu::front {
namespace {

int64_t UnixMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

uint64_t NanosSince(TimePoint start) { return static_cast<uint64_t>((Now() - start).count()); }

uint64_t Rows(const Payload& payload) {
  if (payload.inputs.empty() || payload.inputs[0].shape.empty()) return 1;
  return static_cast<uint64_t>(payload.inputs[0].shape[0]);
}

}  // namespace

const char* Name(RouteReason reason) {
  switch (reason) {
    case RouteReason::kForced: return "forced";
    case RouteReason::kLive: return "stable";
    case RouteReason::kRetry: return "retry";
  }
  return "stable";
}

Ticket::Ticket(std::shared_ptr<Servable> servable, RouteReason reason)
    : servable_(std::move(servable)), reason_(reason), admitted_(Now()) {}

Ticket& Ticket::operator=(Ticket&& other) noexcept {
  if (this != &other) {
    if (servable_ != nullptr) servable_->Release();
    servable_ = std::move(other.servable_);
    other.servable_.reset();
    reason_ = other.reason_;
    admitted_ = other.admitted_;
  }
  return *this;
}

Ticket::~Ticket() {
  if (servable_ != nullptr) servable_->Release();
}

absl::StatusOr<Ticket> Router::Admit(const RouteRequest& request) const {
  const std::shared_ptr<const ServingTable> table = tables_.Get();
  HUIDU_ASSIGN_OR_RETURN(const ModelEntry* const entry, FindModel(*table, request.model));
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Servable> servable, FindVersion(*entry, request.version));
  const bool forced = !request.version.empty();
  if (!servable->Admit()) {
    servable->stats().Count(Outcome::kOverload);
    return absl::ResourceExhaustedError(StrCat("model '", request.model, "' version ", servable->version(),
                                                     " has ", servable->max_queue(),
                                                     " requests waiting (max_queue); try again later"));
  }
  return Ticket(std::move(servable), forced ? RouteReason::kForced : RouteReason::kLive);
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
  Call(const TableHolder& tables, Ticket ticket, std::shared_ptr<const Payload> payload, TimePoint deadline,
       ResultHandler done)
      : tables_(tables), ticket_(std::move(ticket)), payload_(std::move(payload)), deadline_(deadline),
        done_(std::move(done)) {}

  void Start() {
    if (std::shared_ptr<WorkerChannel> worker = servable().PickWorker()) return Attempt(*worker);
    FindOther();
  }

 private:
  Servable& servable() const { return ticket_.servable(); }
  OnWorkerDeath policy() const { return servable().on_worker_death(); }

  void Attempt(WorkerChannel& worker) {
    worker.Submit(payload_, deadline_,
                  [self = shared_from_this()](Answer answer) { self->OnAnswer(std::move(answer)); });
  }

  void OnAnswer(Answer answer) {
    if (!answer.worker_lost) return Finish(std::move(answer));
    servable().stats().Count(Outcome::kWorkerLost);
    if (++lost_ >= kMaxAttempts) {
      return Fail(absl::InternalError(StrCat("the worker of version ", servable().version(), " died ", lost_,
                                                   " times while it had this request; it is not tried again")));
    }
    if (policy() == OnWorkerDeath::kFail) return Fail(answer.status);
    Start();
  }

  // No worker of this version is there. Another version answers if it may, else the request waits for the restart.
  void FindOther() {
    if (policy() == OnWorkerDeath::kOtherVersion && ticket_.reason() != RouteReason::kForced &&
        MoveToOtherVersion()) {
      return;
    }
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
            StrCat("version ", servable().version(), " has no worker and is not restarted")));
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
    if (worker == nullptr || !other->Admit()) return false;
    Ticket ticket(other, RouteReason::kRetry);
    absl::StatusOr<std::shared_ptr<const Payload>> payload = Translate(servable(), *payload_, *other);
    if (!payload.ok()) return false;
    servable().stats().retried_away.fetch_add(1, std::memory_order_relaxed);
    ticket_ = std::move(ticket);
    payload_ = *std::move(payload);
    Attempt(*worker);
    return true;
  }

  void Fail(absl::Status status) {
    Answer answer;
    answer.status = std::move(status);
    Finish(std::move(answer));
  }

  void Finish(Answer answer) {
    Record(answer);
    ResultHandler done = std::move(done_);
    Result result{std::move(answer), ticket_.shared(), ticket_.reason()};
    payload_.reset();
    { const Ticket freed = std::move(ticket_); }
    done(std::move(result));
  }

  void Record(const Answer& answer) {
    VersionStats& stats = servable().stats();
    const uint64_t total_ns = NanosSince(ticket_.admitted());
    stats.Count(OutcomeOf(answer.status, /*worker_lost=*/false));
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
  Ticket ticket_;
  std::shared_ptr<const Payload> payload_;
  const TimePoint deadline_;
  ResultHandler done_;
  int lost_ = 0;
};

void Router::Run(Ticket ticket, std::shared_ptr<const Payload> payload, TimePoint deadline, ResultHandler done) const {
  std::make_shared<Call>(tables_, std::move(ticket), std::move(payload), deadline, std::move(done))->Start();
}

}  // namespace huidu::front
