#include "notify/outbox.h"

#include <algorithm>
#include <utility>

namespace huidu::notify {
namespace {

bool DueEarlier(const Delivery& a, const Delivery& b) { return a.due < b.due; }
bool Older(const Delivery& a, const Delivery& b) { return a.id < b.id; }

}  // namespace

std::chrono::milliseconds RetryDelay(const RetryPolicy& policy, int failures, double spread) {
  std::chrono::milliseconds delay = policy.first_delay;
  for (int i = 1; i < failures && delay < policy.max_delay; ++i) delay *= 2;
  delay = std::min(delay, policy.max_delay);
  return delay / 2 + std::chrono::milliseconds(static_cast<int64_t>(static_cast<double>(delay.count()) / 2 * spread));
}

bool Outbox::Add(Delivery delivery) {
  waiting_.push_back(std::move(delivery));
  if (waiting_.size() <= capacity_) return true;
  waiting_.erase(std::min_element(waiting_.begin(), waiting_.end(), Older));
  return false;
}

std::optional<Delivery> Outbox::TakeDue(TimePoint now) {
  const auto next = std::min_element(waiting_.begin(), waiting_.end(), DueEarlier);
  if (next == waiting_.end() || next->due > now) return std::nullopt;
  Delivery delivery = std::move(*next);
  waiting_.erase(next);
  return delivery;
}

Outbox::Again Outbox::Retry(Delivery delivery, TimePoint now, double spread) {
  if (++delivery.failures >= policy_.attempts) return Again::kGivenUp;
  delivery.due = now + RetryDelay(policy_, delivery.failures, spread);
  return Add(std::move(delivery)) ? Again::kWaits : Again::kWaitsInsteadOfAnother;
}

std::optional<TimePoint> Outbox::NextDue() const {
  const auto next = std::min_element(waiting_.begin(), waiting_.end(), DueEarlier);
  if (next == waiting_.end()) return std::nullopt;
  return next->due;
}

}  // namespace huidu::notify
