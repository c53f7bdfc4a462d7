#include "front/router/router.h"

#include <gtest/gtest.h>

#include <cstring>
#include <future>
#include <latch>
#include <semaphore>

#include "front/router/payload.h"
#include "front/testing/loopback.h"

namespace huidu::front {
namespace {

using testing::IoThread;
using testing::LoopbackVersion;
using testing::MakeTable;
using testing::Plus;
using testing::PlusSignature;

constexpr std::chrono::seconds kLong{60};

class RouterTest : public ::testing::Test {
 protected:
  struct Reply {
    absl::Status status;
    std::vector<float> y;
    std::string version;
    RouteReason reason = RouteReason::kStable;
  };

  std::unique_ptr<LoopbackVersion> MakeVersion(const std::string& id, testing::ModelFunction function) {
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
      Reply reply{result.answer.status, {}, result.servable->version(), result.reason};
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
  Router router_{tables_};
};

TEST_F(RouterTest, AnswersFromTheLiveVersionOrTheForcedOne) {
  auto v1 = MakeVersion("v1", Plus(1));
  auto v2 = MakeVersion("v2", Plus(2));
  v1->AddWorker();
  v2->AddWorker();
  tables_.Publish(MakeTable({v2->servable(), v1->servable()}));
  const Reply live = Send(10).get();
  EXPECT_EQ(live.version, "v2");
  EXPECT_EQ(live.y, (std::vector<float>{12, 12, 12, 12}));
  const Reply forced = Send(10, "v1").get();
  EXPECT_EQ(forced.version, "v1");
  EXPECT_EQ(forced.y[0], 11);
  EXPECT_STREQ(Name(forced.reason), "forced");
  EXPECT_EQ(v2->servable()->stats().outcome(Outcome::kSuccess), 1u);
}

TEST_F(RouterTest, AnUnknownModelOrVersionIsNotFoundAndListsWhatIsThere) {
  auto v1 = MakeVersion("v1", Plus(1));
  v1->AddWorker();
  tables_.Publish(MakeTable({v1->servable()}));
  EXPECT_EQ(router_.Admit({"other", ""}).status().code(), absl::StatusCode::kNotFound);
  const absl::Status unknown = Send(0, "v9").get().status;
  EXPECT_EQ(unknown.message(), "model 'm' has no version or label 'v9'; loaded: v1");
}

TEST_F(RouterTest, ARequestInFlightAtASwitchFinishesOnTheVersionItBeganOn) {
  std::binary_semaphore go{0};
  auto v1 = MakeVersion("v1", [&](auto inputs, auto& outputs) {
    go.acquire();
    return Plus(1)(inputs, outputs);
  });
  auto v2 = MakeVersion("v2", Plus(2));
  v1->AddWorker();
  v2->AddWorker();
  tables_.Publish(MakeTable({v1->servable(), v2->servable()}));
  auto before = Send(0);
  tables_.Publish(MakeTable({v2->servable(), v1->servable()}));
  EXPECT_EQ(Send(0).get().version, "v2");
  go.release();
  EXPECT_EQ(before.get().version, "v1");
}

TEST_F(RouterTest, RefusesMoreThanTheQueueHolds) {
  std::counting_semaphore<8> go{0};
  auto v1 = MakeVersion("v1", [&](auto inputs, auto& outputs) {
    go.acquire();
    return Plus(1)(inputs, outputs);
  });
  v1->servable()->SetLimits({.max_queue = 2});
  v1->AddWorker();
  tables_.Publish(MakeTable({v1->servable()}));
  auto first = Send(0);
  auto second = Send(0);
  const absl::Status refused = Send(0).get().status;
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(v1->servable()->stats().outcome(Outcome::kOverload), 1u);
  go.release(2);
  EXPECT_TRUE(first.get().status.ok());
  EXPECT_TRUE(second.get().status.ok());
  go.release();
  EXPECT_TRUE(Send(0).get().status.ok()) << "the places came back";
}

TEST_F(RouterTest, ADeadlineIsKeptWhileTheModelStillRuns) {
  std::binary_semaphore go{0};
  auto v1 = MakeVersion("v1", [&](auto inputs, auto& outputs) {
    go.acquire();
    return Plus(1)(inputs, outputs);
  });
  v1->AddWorker();
  tables_.Publish(MakeTable({v1->servable()}));
  EXPECT_EQ(Send(0, "", std::chrono::milliseconds(20)).get().status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GT(v1->servable()->requests().bytes_in_use(), 0u) << "the worker still reads the request's bytes";
  go.release();
  go.release();
  EXPECT_TRUE(Send(0).get().status.ok());
}

TEST_F(RouterTest, ADeadWorkersRequestIsAnsweredByAnotherWorkerOfTheVersion) {
  std::latch entered{1};
  std::binary_semaphore go{0};
  std::atomic<int> calls{0};
  auto v1 = MakeVersion("v1", [&](auto inputs, auto& outputs) {
    if (calls++ == 0) {
      entered.count_down();
      go.acquire();
    }
    return Plus(1)(inputs, outputs);
  });
  v1->AddWorker();
  tables_.Publish(MakeTable({v1->servable()}));
  auto reply = Send(1);
  entered.wait();
  v1->AddWorker();
  std::thread killer([&] { v1->KillFirstWorker(); });
  const Reply got = reply.get();  // while the first worker is still at it
  go.release();
  killer.join();
  EXPECT_TRUE(got.status.ok()) << got.status;
  EXPECT_EQ(got.version, "v1");
  EXPECT_EQ(got.y[0], 2);
}

TEST_F(RouterTest, WithoutAWorkerAnUnforcedRequestIsAnsweredByAnotherVersion) {
  auto v1 = MakeVersion("v1", Plus(1));
  auto v2 = MakeVersion("v2", Plus(2));
  v1->AddWorker();
  tables_.Publish(MakeTable({v2->servable(), v1->servable()}));
  const Reply got = Send(1).get();
  EXPECT_EQ(got.version, "v1");
  EXPECT_STREQ(Name(got.reason), "retry");
  EXPECT_EQ(got.y[0], 2);
  EXPECT_EQ(v2->servable()->in_flight(), 0u);
}

TEST_F(RouterTest, AForcedRequestWaitsForItsVersionToComeBack) {
  auto v1 = MakeVersion("v1", Plus(1));
  auto v2 = MakeVersion("v2", Plus(2));
  v1->AddWorker();
  tables_.Publish(MakeTable({v1->servable(), v2->servable()}));
  auto waiting = Send(1, "v2");
  v2->AddWorker();
  const Reply got = waiting.get();
  EXPECT_TRUE(got.status.ok()) << got.status;
  EXPECT_EQ(got.version, "v2");
}

TEST_F(RouterTest, AWaitingRequestEndsWithItsDeadlineOrItsVersion) {
  auto v1 = MakeVersion("v1", Plus(1));
  tables_.Publish(MakeTable({v1->servable()}));
  auto late = Send(1);
  v1->servable()->ExpireParked(Now());
  v1->servable()->ExpireParked(Now() + 2 * kLong);
  EXPECT_EQ(late.get().status.code(), absl::StatusCode::kDeadlineExceeded);
  auto gone = Send(1);
  v1->servable()->Abandon();
  EXPECT_EQ(gone.get().status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(v1->servable()->in_flight(), 0u);
  EXPECT_EQ(v1->servable()->requests().bytes_in_use(), 0u);
}

TEST_F(RouterTest, AModelsErrorIsTheRequestsOwnAndIsNotTriedElsewhere) {
  auto v1 = MakeVersion("v1", Plus(1));
  auto v2 = MakeVersion("v2", [](auto, auto&) { return absl::InternalError("Gather: index 7 is out of range"); });
  v1->AddWorker();
  v2->AddWorker();
  tables_.Publish(MakeTable({v2->servable(), v1->servable()}));
  const Reply got = Send(1).get();
  EXPECT_EQ(got.status.message(), "Gather: index 7 is out of range");
  EXPECT_EQ(v1->servable()->stats().outcome(Outcome::kSuccess), 0u);
  EXPECT_EQ(v2->servable()->stats().outcome(Outcome::kServerError), 1u);
}

TEST_F(RouterTest, ManyRequestsFromManyThreadsGetEachTheirOwnAnswer) {
  auto v1 = MakeVersion("v1", Plus(1));
  v1->AddWorker(3);
  v1->servable()->SetLimits({.max_queue = 1000});
  tables_.Publish(MakeTable({v1->servable()}));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        const float value = static_cast<float>(t * 1000 + i);
        const Reply got = Send(value).get();
        if (!got.status.ok() || got.y != std::vector<float>(4, value + 1)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(v1->servable()->requests().bytes_in_use(), 0u);
}

}  // namespace
}  // namespace huidu::front
