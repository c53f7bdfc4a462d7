#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "front/router/shadow_sink.h"
#include "front/shadow/compare.h"
#include "front/table/servable.h"

namespace huidu::front {

struct ShadowCopy;
class ShadowMailbox;

// Two answers to one request that do not agree. Everything in it is readable as long as the call lasts.
struct Disagreement {
  Servable& stable;
  Servable& candidate;
  const Payload* payload;            // in the candidate's request arena; nullptr: its signature does not take it
  std::span<const Output> expected;  // stable's
  std::span<const Output> actual;    // the candidate's; empty: it refused the request
  std::string_view why;
  const RequestIdentity* identity;  // nullptr: nobody keeps requests of this model
};

struct ShadowOptions {
  size_t max_waiting = 64;                                   // requests that the thread has not got to
  size_t max_out = 32;                                       // copies that one candidate has and did not answer
  size_t max_bytes = 128 << 20;                              // of requests and of stable's answers, waiting and out
  std::function<void(const Disagreement&)> on_disagreement;  // on the runner's thread: what it does holds up only that
};

// Counts since the start. What was offered was dropped, or compared, or failed; a request that the candidate refused
// although stable had answered it is both compared and failed.
struct ShadowStats {
  uint64_t offered = 0;
  uint64_t dropped = 0;
  uint64_t compared = 0;
  uint64_t agreed = 0;
  uint64_t failed = 0;
};

// Runs copies of requests that stable has answered on the candidate, and compares the two answers. What comes of it
// counts in the candidate's HealthCounters: the agreement, and each copy as a request with its outcome and latency.
//
// Users come first. A copy is dropped where the candidate has no worker, where half of its queue or of its request
// arena is taken (with a max_queue of 1, always), or where one of the limits of ShadowOptions is reached; it is never
// run again. No copy waits for another one that the candidate is slow at, and stable's memory is given back before the
// copy is sent.
//
// Runs on: Offer() and the rest on any thread; the work on a thread of its own.
// Lives:   longer than the router that offers to it. The destructor drops what waits and what is out; answers that come
//          after it are dropped.
// Errors:  are the candidate's, and counted.
class ShadowRunner : public ShadowSink {
 public:
  explicit ShadowRunner(ShadowOptions options = {});
  ~ShadowRunner() override;

  void Offer(ShadowRequest request) override;

  // How the answers of `model` are compared from now on.
  void SetOptions(const std::string& model, const CompareOptions& options);

  ShadowStats stats() const;

 private:
  void Run();
  void Take(ShadowRequest request);
  void CountDrop(Servable& candidate);
  bool HasRoom(const Servable& candidate, const WorkerChannel& worker, const Payload& payload) const;
  bool Send(ShadowRequest& request, size_t bytes);
  void Submit(WorkerChannel& worker, std::unique_ptr<ShadowCopy> copy);
  void Finish(std::unique_ptr<ShadowCopy> copy);
  void Judge(ShadowCopy& copy);
  void CompareAnswers(ShadowCopy& copy);
  void CountRefusal(ShadowCopy& copy, std::string_view why);
  void CountComparison(ShadowCopy& copy, bool agrees, std::string_view why);
  CompareOptions OptionsOf(const std::string& model) const;

  const ShadowOptions options_;
  const std::shared_ptr<ShadowMailbox> mailbox_;  // handlers of answers may outlive the runner: they know only this
  std::atomic<uint64_t> offered_{0}, dropped_{0}, compared_{0}, agreed_{0}, failed_{0};

  mutable std::mutex options_mutex_;  // guards compare_options_
  std::map<std::string, CompareOptions> compare_options_;

  std::unordered_map<const Servable*, size_t> out_;  // the thread's own
  std::thread thread_;
};

}  // namespace huidu::front
