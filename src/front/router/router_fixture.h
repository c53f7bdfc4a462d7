#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <future>
#include <latch>
#include <semaphore>

#include "front/router/payload.h"
#include "front/router/router.h"
#include "front/testing/loopback.h"

// For tests of the router: models that are functions, and what came of a request.
namespace huidu::front::testing {

inline constexpr std::chrono::seconds kLong{60};

inline ModelFunction Fails(absl::Status status) {
  return [status](auto, auto&) { return status; };
}

// Notes what it is told, once somebody wants it.
class NotedSamples : public SampleSink {
 public:
  struct Note {
    std::string version, failed;
    absl::StatusCode failure;
    uint64_t total_ns;
  };
  bool Wants(std::string_view) const override { return wanted; }
  void OnFinished(const FinishedRequest& request) override {
    const std::string failed = request.failed == nullptr ? "" : request.failed->version();
    const absl::StatusCode code = request.failure == nullptr ? absl::StatusCode::kOk : request.failure->code();
    std::lock_guard lock(mutex);
    notes.push_back({request.servable.version(), failed, code, request.total_ns});
  }
  void OnNegativeFeedback(std::string_view, std::string_view, std::optional<std::string>) override {}

  bool wanted = false;
  std::mutex mutex;
  std::vector<Note> notes;
};

class RouterTest : public ::testing::Test {
 protected:
  struct Reply {
    absl::Status status;
    std::vector<float> y;
    std::string version;
    RouteReason reason = RouteReason::kStable;
  };

  std::unique_ptr<LoopbackVersion> MakeVersion(const std::string& id, ModelFunction function) {
    return std::make_unique<LoopbackVersion>(io_, "m", id, PlusSignature(), std::move(function));
  }

  static std::shared_ptr<Payload> MakePayload(const Servable& servable, float value) {
    const InputDescription x{.name = "x", .datatype = "FP32", .shape = {1, 4}, .bytes = 16};
    auto payload = *NewPayload(servable, {{x}}, {});
    const std::array<float, 4> values = {value, value, value, value};
    std::memcpy(InputBytes(servable, *payload, 0).data(), values.data(), 16);
    return payload;
  }

  std::future<Reply> Send(float value, std::string_view version = {}, std::chrono::nanoseconds timeout = kLong) {
    auto promise = std::make_shared<std::promise<Reply>>();
    std::future<Reply> future = promise->get_future();
    absl::StatusOr<Ticket> ticket = router_.Admit({"m", version});
    if (!ticket.ok()) {
      promise->set_value({ticket.status(), {}, "", RouteReason::kStable});
      return future;
    }
    auto payload = MakePayload(ticket->servable(), value);
    const TimePoint deadline = Router::Deadline(*ticket, timeout);
    router_.Run(*std::move(ticket), std::move(payload), deadline, [promise](Result result) {
      // A status of its own: the thread sanitizer does not see how Abseil's library counts those who share one.
      const absl::Status& status = result.answer.status;
      Reply reply{absl::Status(status.code(), status.message()), {}, result.servable->version(), result.reason};
      for (const Output& output : result.answer.outputs) {
        reply.y.resize(output.data.size() / sizeof(float));
        std::memcpy(reply.y.data(), output.data.data(), output.data.size());
      }
      promise->set_value(std::move(reply));
    });
    return future;
  }

  IoThread io_;
  TableHolder tables_;
  NotedSamples samples_;
  Router router_{tables_, nullptr, &samples_};
};

// A version on trial: v1 is stable, v2 has all of its traffic.
class TrialTest : public RouterTest {
 protected:
  // Both with a worker, and v1 as fallback.
  void Begin(ModelFunction stable, ModelFunction candidate, std::chrono::nanoseconds patience = {},
             const engine::Signature& signature = PlusSignature(), IoThread* candidates_io = nullptr) {
    v1_ = MakeVersion("v1", std::move(stable));
    v2_ = std::make_unique<LoopbackVersion>(candidates_io == nullptr ? io_ : *candidates_io, "m", "v2", signature,
                                            std::move(candidate));
    v1_->AddWorker();
    v2_->AddWorker();
    Split split;
    split.parts = {{v2_->servable(), kSlots}};
    split.fallback = v1_->servable();
    split.patience = patience;
    tables_.Publish(MakeTable({v1_->servable(), v2_->servable()}, std::move(split)));
  }

  static health::Period PeriodOf(const LoopbackVersion& version) { return version.servable()->health().TakePeriod(); }

  void ExpectNothingIsLeft() const {
    for (const auto* version : {v1_.get(), v2_.get()}) {
      EXPECT_EQ(version->servable()->in_flight(), 0u) << version->servable()->version();
      EXPECT_EQ(version->servable()->requests().bytes_in_use(), 0u) << version->servable()->version();
    }
  }

  // What became of the requests that v2 had when it was taken out.
  void ExpectRescue(uint64_t taken, uint64_t run_again, uint64_t finished, uint64_t lost) const {
    const VersionStats& stats = v2_->servable()->stats();
    EXPECT_EQ(stats.rescinded, taken);
    EXPECT_EQ(stats.rescinded_run_again, run_again);
    EXPECT_EQ(stats.rescinded_finished, finished);
    EXPECT_EQ(stats.rescinded_lost, lost);
  }

  // v1's model, counted.
  ModelFunction Counted(float plus) {
    return [this, plus](auto inputs, auto& outputs) {
      ++stable_ran_;
      return Plus(plus)(inputs, outputs);
    };
  }
  // A model that tells of its first request and answers each when it may go on.
  ModelFunction Waits(float plus) {
    return [this, plus](auto inputs, auto& outputs) {
      if (!began_.exchange(true)) entered_.count_down();
      go_.acquire();
      return Plus(plus)(inputs, outputs);
    };
  }

  std::atomic<int> stable_ran_{0}, candidate_ran_{0};
  std::atomic<bool> began_{false};
  std::latch entered_{1};
  std::counting_semaphore<64> go_{0};
  std::unique_ptr<LoopbackVersion> v1_, v2_;  // the last: their threads use what is above
};

}  // namespace huidu::front::testing
