#include "front/samples/recent_requests.h"

#include <vector>

namespace huidu::front {

// With what a small request costs beside its tensors.
size_t RecentRequests::Cost(const samples::Sample& request) {
  constexpr size_t kOverhead = 1024;
  return samples::TensorBytes(request) + kOverhead;
}

void RecentRequests::Add(Request request) {
  const size_t cost = Cost(*request);
  if (request->request_id.empty() || cost > max_bytes_) return;
  std::vector<Request> gone;  // freed without the lock
  const std::lock_guard lock(mutex_);
  while (bytes_ + cost > max_bytes_) {
    Request& oldest = in_order_.front();
    bytes_ -= Cost(*oldest);
    const auto found = by_id_.find(oldest->request_id);
    if (found != by_id_.end() && found->second == oldest) by_id_.erase(found);
    gone.push_back(std::move(oldest));
    in_order_.pop_front();
  }
  bytes_ += cost;
  by_id_.erase(request->request_id);  // the key of an older request of this id would end with that
  by_id_.emplace(request->request_id, request);
  in_order_.push_back(std::move(request));
}

RecentRequests::Request RecentRequests::Take(std::string_view request_id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(request_id);
  if (found == by_id_.end()) return nullptr;
  Request request = found->second;
  by_id_.erase(found);  // it keeps its place in the order, and is freed when that is reached
  return request;
}

}  // namespace huidu::front
