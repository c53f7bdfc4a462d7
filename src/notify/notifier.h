#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "notify/alert_command.h"
#include "notify/outbox.h"
#include "notify/transfers.h"

namespace huidu::notify {

// A URL that is told of every event, by a POST of its JSON. The secret signs it (see signature.h); empty: no signature.
struct Webhook {
  std::string url;
  std::string secret;
};

// A question to somebody else's program: may the rollout go on? Any 2xx is yes.
struct GateQuestion {
  std::string url;
  std::string secret;
  std::string json;  // one JSON object, the body of the POST
  std::chrono::milliseconds timeout{10'000};
  RetryPolicy retry{.attempts = 10, .first_delay = std::chrono::milliseconds(1000)};
};
enum class GateVerdict {
  kPassed,
  kFailed,   // another answer than 2xx, or no answer after all attempts
  kPending,  // this attempt got no answer; another one follows
};
// Called on the notifier's thread, once for each attempt, the last time with another verdict than kPending. Must not
// block. `why` is for people: one line, with the beginning of the answer, but without the URL's path.
using GateCallback = absl::AnyInvocable<void(GateVerdict verdict, std::string why)>;

// Tells the world outside what happened, and asks it for leave, without ever holding up the caller.
//
// An event goes to each webhook by itself. What gets no 2xx is tried again with growing pauses, except for answers that
// will not change (3xx, and 4xx other than 408 and 429). A receiver may get an event twice, with the same
// X-Huidu-Delivery, and out of order.
//
// Runs on: Post() and Gate() on any thread; the network on a thread of its own, the alert command on another.
// Lives:   the destructor cuts off what is under way and drops what waits; no callback is called after it.
// Errors:  are logged and counted; URLs appear in the log without their paths, secrets never.
class Notifier {
 public:
  struct Options {
    std::vector<Webhook> webhooks;
    AlertCommand::Options command;            // no arguments: none
    std::chrono::milliseconds timeout{5000};  // of one attempt
    RetryPolicy retry;
    size_t capacity = 256;      // deliveries that wait; the oldest makes room
    size_t max_in_flight = 16;  // deliveries under way at the same time; gates come on top
    size_t max_gates = 64;      // questions that are open; further ones are refused
  };
  // Deliveries, one for each event and webhook.
  struct Stats {
    uint64_t delivered = 0;
    uint64_t failed = 0;   // given up
    uint64_t dropped = 0;  // had to make room
    uint64_t retries = 0;
  };

  explicit Notifier(Options options);
  ~Notifier();

  void Post(Event event);
  // Errors, for which `callback` is not called: InvalidArgument (the URL), ResourceExhausted (too many open questions).
  absl::Status Gate(GateQuestion question, GateCallback callback);

  Stats stats() const;
  const AlertCommand* command() const { return command_.get(); }  // null: none is configured

 private:
  struct Question;
  using SharedQuestion = std::shared_ptr<Question>;

  void Run();
  // Starts what is due. Gives the time until more will be.
  std::chrono::milliseconds StartDue();
  std::optional<Delivery> NextDelivery();
  SharedQuestion NextQuestion();
  void Deliver(Delivery delivery);
  void OnDelivered(Delivery delivery, const PostResult& result);
  void TryAgain(Delivery delivery, const std::string& reason);
  void Ask(SharedQuestion question);
  void OnAnswer(const SharedQuestion& question, const PostResult& result);
  void CountDropped(uint64_t count);
  std::vector<std::string> Headers(const std::string& secret, const std::string& body) const;
  double Spread() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  const Options options_;
  const std::string process_id_;  // makes delivery ids unique across restarts
  std::unique_ptr<AlertCommand> command_;

  std::mutex mutex_;  // guards the next five
  bool stop_ = false;
  uint64_t last_id_ = 0;
  Outbox outbox_;
  std::vector<SharedQuestion> questions_;  // wait for an attempt
  size_t open_gates_ = 0;                  // these, and those under way

  // The network thread's own.
  std::mt19937_64 random_;
  size_t deliveries_in_flight_ = 0;
  Transfers transfers_;

  std::atomic<uint64_t> delivered_{0};
  std::atomic<uint64_t> failed_{0};
  std::atomic<uint64_t> dropped_{0};
  std::atomic<uint64_t> retries_{0};
  std::thread thread_;
};

}  // namespace huidu::notify
