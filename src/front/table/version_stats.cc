#include "front/table/version_stats.h"

#include <algorithm>

namespace huidu::front {

void DurationHistogram::Add(uint64_t nanos) {
  const double seconds = static_cast<double>(nanos) * 1e-9;
  const auto bound = std::lower_bound(kBoundsSeconds.begin(), kBoundsSeconds.end(), seconds);
  buckets_[static_cast<size_t>(bound - kBoundsSeconds.begin())].fetch_add(1, std::memory_order_relaxed);
  count_.fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(nanos, std::memory_order_relaxed);
}

const char* Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSuccess: return "success";
    case Outcome::kClientError: return "client_error";
    case Outcome::kOverload: return "overload";
    case Outcome::kDeadline: return "deadline";
    case Outcome::kServerError: return "server_error";
    case Outcome::kWorkerLost: return "worker_lost";
  }
  return "server_error";
}

Outcome OutcomeOf(const absl::Status& status, bool worker_lost) {
  if (worker_lost) return Outcome::kWorkerLost;
  switch (status.code()) {
    case absl::StatusCode::kOk: return Outcome::kSuccess;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kOutOfRange: return Outcome::kClientError;
    case absl::StatusCode::kResourceExhausted: return Outcome::kOverload;
    case absl::StatusCode::kDeadlineExceeded: return Outcome::kDeadline;
    default: return Outcome::kServerError;
  }
}

}  // namespace huidu::front
