#include "front/router/ticket.h"

#include <utility>

#include "base/strings.h"

namespace huidu::front {

constexpr char kRefusedBy[] = "huidu/refused-by";

absl::Status QueueIsFull(const Servable& servable) {
  absl::Status status =
      absl::ResourceExhaustedError(StrCat("model '", servable.model(), "' version ", servable.version(), " has ",
                                          servable.max_queue(), " requests waiting (max_queue); try again later"));
  status.SetPayload(kRefusedBy, absl::Cord(servable.version()));
  return status;
}

std::string RefusedBy(const absl::Status& status) {
  const auto version = status.GetPayload(kRefusedBy);
  return version ? std::string(*version) : std::string();
}

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

void Ticket::MoveTo(Ticket taken) {
  LeaveQueue();
  servable_ = taken.servable_;
  reason_ = taken.reason_;
  admitted_ = taken.admitted_;
  queued_ = std::exchange(taken.queued_, false);
}

bool Ticket::FallBack(Outcome why) {
  std::shared_ptr<Servable> fallback = Fallback();
  if (fallback == nullptr || !fallback->HasWorker() || !fallback->Admit()) return false;
  FallBackTo(Ticket(std::move(fallback), RouteReason::kRetry, split_), why);
  return true;
}

void Ticket::FallBackTo(Ticket taken, Outcome why) {
  if (first_ == nullptr) first_ = servable_;
  if (why != Outcome::kClientError) CountHealth(why, 0);
  servable_->stats().Count(why);
  servable_->stats().retried_away.fetch_add(1, std::memory_order_relaxed);
  MoveTo(std::move(taken));
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

}  // namespace huidu::front
