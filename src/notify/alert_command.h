#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "notify/outbox.h"

namespace huidu::notify {

// A program that is run for each event, one at a time, with the event's JSON on its standard input. It is not run
// again if it fails: what it does may not be repeatable. Its output is in the log.
//
// Runs on: Post() on any thread, never blocking; the program is attended by a thread of its own.
// Lives:   the destructor kills a program that runs and drops what waits.
class AlertCommand {
 public:
  struct Options {
    std::vector<std::string> arguments;  // the first is the program's absolute path; no shell is involved
    std::chrono::milliseconds timeout{30'000};
    size_t capacity = 64;  // events that wait; the oldest makes room
  };

  explicit AlertCommand(Options options);
  ~AlertCommand();

  void Post(std::shared_ptr<const Event> event);

  // Ended with status 0; everything else that was tried; never tried, because there was no room.
  uint64_t done() const { return done_; }
  uint64_t failed() const { return failed_; }
  uint64_t dropped() const { return dropped_; }

 private:
  void Run();
  void Execute(const Event& event);

  const Options options_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> done_{0};
  std::atomic<uint64_t> failed_{0};
  std::atomic<uint64_t> dropped_{0};
  std::mutex mutex_;  // guards waiting_
  std::condition_variable changed_;
  std::deque<std::shared_ptr<const Event>> waiting_;
  std::thread thread_;
};

}  // namespace huidu::notify
