#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <variant>

#include "front/router/shadow_sink.h"
#include "front/shadow/shadow_copy.h"

namespace huidu::front {

// Where the I/O threads leave work for the runner's thread. Bounds what waits and the memory of everything under way.
//
// Runs on: any thread; nobody but Next() waits.
// Lives:   shared by the runner and, for as long as one of them runs, by the handlers of answers.
class ShadowMailbox {
 public:
  ShadowMailbox(size_t max_waiting, size_t max_bytes) : max_waiting_(max_waiting), max_bytes_(max_bytes) {}

  // False: there is no room, and the request stays with the caller.
  bool Offer(ShadowRequest& request);
  // A copy comes back with its answer.
  void Return(std::unique_ptr<ShadowCopy> copy);

  // The next piece of work, answers first: they hold memory of the candidate. Nothing: it is time to stop.
  using Work = std::variant<std::monostate, ShadowRequest, std::unique_ptr<ShadowCopy>>;
  Work Next();
  // A request, or the copy of it, is done with.
  void Forget(size_t bytes);

  void Stop();

 private:
  const size_t max_waiting_;
  const size_t max_bytes_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  bool stop_ = false;
  size_t bytes_ = 0;  // of everything that waits or is out
  std::deque<ShadowRequest> waiting_;
  std::deque<std::unique_ptr<ShadowCopy>> answered_;
};

}  // namespace huidu::front
