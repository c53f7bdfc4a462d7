#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"

namespace huidu::notify {

// Something that happened, for people and programs outside.
struct Event {
  std::string kind;  // a word of the program's own: "rollback", "promoted"
  std::string json;  // one JSON object
};

struct RetryPolicy {
  int attempts = 6;  // in all
  std::chrono::milliseconds first_delay{1000};
  std::chrono::milliseconds max_delay{60'000};
};

// How long to wait after so many failures (1 or more): doubled each time, at most max_delay, of which the upper half is
// spread by `spread` in [0,1], so that servers that failed together do not try again together.
std::chrono::milliseconds RetryDelay(const RetryPolicy& policy, int failures, double spread);

// One event on its way to one receiver.
struct Delivery {
  uint64_t id = 0;  // the same in every attempt
  size_t target = 0;
  std::shared_ptr<const Event> event;
  int failures = 0;
  TimePoint due;
};

// The deliveries that wait, for their turn or for another attempt. Bounded: the oldest makes room for the newest.
// Has no clock, no thread and no randomness of its own.
// Runs on: one thread at a time.
class Outbox {
 public:
  Outbox(size_t capacity, RetryPolicy policy) : capacity_(capacity), policy_(policy) {}

  // False if another delivery had to be dropped for it.
  [[nodiscard]] bool Add(Delivery delivery);

  // The delivery that is due longest, of which the caller now takes care.
  std::optional<Delivery> TakeDue(TimePoint now);

  enum class Again { kWaits, kWaitsInsteadOfAnother, kGivenUp };
  // An attempt failed: waits for the next one, unless it was the last.
  Again Retry(Delivery delivery, TimePoint now, double spread);

  std::optional<TimePoint> NextDue() const;
  size_t size() const { return waiting_.size(); }

 private:
  const size_t capacity_;
  const RetryPolicy policy_;
  std::deque<Delivery> waiting_;
};

}  // namespace huidu::notify
