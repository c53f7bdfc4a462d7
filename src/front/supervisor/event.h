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
 public:
  explicit AsyncMutex(boost::asio::io_context& control) : control_(control) {}

  class Guard {
   public:
    explicit Guard(AsyncMutex* mutex) : mutex_(mutex) {}
    Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (mutex_ != nullptr) mutex_->Unlock();
    }

   private:
    AsyncMutex* mutex_;
  };

  boost::asio::awaitable<Guard> Lock() {
    if (!locked_) {
      locked_ = true;
      co_return Guard(this);
    }
    auto turn = std::make_shared<boost::asio::steady_timer>(control_, TimePoint::max());
    waiting_.push_back(turn);
    boost::system::error_code ended;
    co_await turn->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    co_return Guard(this);  // Unlock() passed the lock on to us
  }

 private:
  void Unlock() {
    if (waiting_.empty()) {
      locked_ = false;
      return;
    }
    waiting_.front()->cancel();
    waiting_.pop_front();
  }

  boost::asio::io_context& control_;
  bool locked_ = false;
  std::deque<std::shared_ptr<boost::asio::steady_timer>> waiting_;
};

}  // namespace huidu::front
