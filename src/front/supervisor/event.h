#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>

#include "base/clock.h"

namespace huidu::front {

// "Something changed; look again." Waiters test their own condition in a loop.
// Runs on: the control thread. Lives: longer than its waiters.
class Event {
 public:
  explicit Event(boost::asio::io_context& control) : timer_(control, TimePoint::max()) {}

  void Notify() { timer_.cancel(); }

  // Until the next Notify() or the deadline.
  boost::asio::awaitable<void> Wait(TimePoint deadline) {
    // Moving the expiry wakes the other waiters, who look at their conditions and wait again.
    if (deadline < timer_.expiry()) timer_.expires_at(deadline);
    boost::system::error_code ended;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    if (timer_.expiry() <= Now()) timer_.expires_at(TimePoint::max());
  }

 private:
  boost::asio::steady_timer timer_;
};

// A mutex that coroutines wait for, first come first served.
// Runs on: the control thread. Lives: longer than its guards.
class AsyncMutex {
  struct State {
    bool locked = false;
    std::deque<std::shared_ptr<boost::asio::steady_timer>> waiting;
  };

 public:
  explicit AsyncMutex(boost::asio::io_context& control) : control_(control) {}

  // May outlive the mutex: a coroutine that was cut off by the end of the server goes with its event loop.
  class Guard {
   public:
    explicit Guard(std::weak_ptr<State> state) : state_(std::move(state)) {}
    Guard(Guard&& other) noexcept : state_(std::exchange(other.state_, {})) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (const std::shared_ptr<State> state = state_.lock()) Unlock(*state);
    }

   private:
    std::weak_ptr<State> state_;
  };

  boost::asio::awaitable<Guard> Lock() {
    if (!state_->locked) {
      state_->locked = true;
      co_return Guard(state_);
    }
    auto turn = std::make_shared<boost::asio::steady_timer>(control_, TimePoint::max());
    state_->waiting.push_back(turn);
    boost::system::error_code ended;
    co_await turn->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    co_return Guard(state_);  // Unlock() passed the lock on to us
  }

 private:
  static void Unlock(State& state) {
    if (state.waiting.empty()) {
      state.locked = false;
      return;
    }
    state.waiting.front()->cancel();
    state.waiting.pop_front();
  }

  boost::asio::io_context& control_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace huidu::front
