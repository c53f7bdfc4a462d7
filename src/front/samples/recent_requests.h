#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "samples/sample.h"

namespace huidu::front {

// Copies of the newest answered requests of one model, so that feedback that comes later finds what it is about. The
// oldest make room. Runs on: any thread; a short lock.
class RecentRequests {
 public:
  explicit RecentRequests(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Forgets it again if it has no id, or is larger than everything together may be.
  void Add(std::shared_ptr<const samples::Sample> request);
  // The newest request of this id, which is forgotten; nullptr: not remembered.
  std::shared_ptr<const samples::Sample> Take(std::string_view request_id);

 private:
  using Request = std::shared_ptr<const samples::Sample>;
  static size_t Cost(const samples::Sample& request);

  const size_t max_bytes_;
  std::mutex mutex_;  // guards the rest
  size_t bytes_ = 0;  // of in_order_
  std::deque<Request> in_order_;
  std::unordered_map<std::string_view, Request> by_id_;  // the keys stand in the requests
};

}  // namespace huidu::front
