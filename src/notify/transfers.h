#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace huidu::notify {

struct PostRequest {
  std::string url;
  std::string body;
  std::vector<std::string> headers;         // whole lines
  std::chrono::milliseconds timeout{5000};  // from looking up the name to the last byte of the answer
};

struct PostResult {
  int status = 0;     // HTTP; 0: no answer
  std::string error;  // why there is none: "Timeout was reached", "Couldn't connect to server"
  std::string body;   // its beginning
};

// HTTP POST requests side by side, driven by the thread that calls Run(): one that hangs holds up no other. Redirects
// are not followed, answers are bounded, and nothing but http and https is spoken. A proxy is taken from the
// environment, as curl does.
//
// Runs on: one thread; Wake() on any.
// Lives:   requests that are still out when it is destroyed are cut off, and their `done` is not called.
class Transfers {
 public:
  static constexpr size_t kMaxAnswerBytes = 64 << 10;  // what is read; the rest of a longer answer is not waited for
  static constexpr size_t kMaxBodyBytes = 1 << 10;     // what is kept

  using Done = absl::AnyInvocable<void(const PostResult&)>;

  Transfers();
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // `done` is called by a later Run().
  void Start(PostRequest request, Done done);

  // Does what can be done now, calls `done` of what is over, and waits until there is more to do, but not longer than
  // `wait` and not after Wake().
  void Run(std::chrono::milliseconds wait);
  void Wake();

  size_t in_flight() const { return transfers_.size(); }

 private:
  struct Transfer;
  void FinishCompleted();

  void* const multi_;  // CURLM
  std::list<std::unique_ptr<Transfer>> transfers_;
};

}  // namespace huidu::notify
