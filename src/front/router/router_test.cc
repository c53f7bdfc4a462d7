#include "front/router/router.h"

#include "front/router/router_fixture.h"

namespace huidu::front {
namespace {

using testing::Fails;
using testing::kLong;
using testing::LoopbackVersion;
using testing::MakeTable;
using testing::Plus;
using testing::PlusSignature;
using testing::RouterTest;
using testing::TrialTest;

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

TEST_F(RouterTest, LateRequestsThatTheWorkerStillHasTakePlacesInTheQueue) {
  std::counting_semaphore<2> go{0};
  auto v1 = MakeVersion("v1", [&](auto inputs, auto& outputs) {
    go.acquire();
    return Plus(1)(inputs, outputs);
  });
  v1->AddWorker();
  v1->servable()->SetLimits({.max_queue = 1});
  tables_.Publish(MakeTable({v1->servable()}));
  EXPECT_EQ(Send(0, "", std::chrono::milliseconds(20)).get().status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Send(0).get().status.code(), absl::StatusCode::kResourceExhausted);
  go.release(2);
  while (v1->servable()->PickWorker()->outstanding() > 0) std::this_thread::yield();
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
  EXPECT_EQ(Send(1).get().status.code(), absl::StatusCode::kUnavailable) << "nobody waits for what does not come";
  EXPECT_EQ(v1->servable()->in_flight(), 0u);
  EXPECT_EQ(v1->servable()->requests().bytes_in_use(), 0u);
  v1->AddWorker();
  EXPECT_TRUE(Send(1).get().status.ok());
  v1->KillFirstWorker();
  auto waits = Send(1);
  EXPECT_EQ(waits.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout)
      << "the next death is another one";
  v1->AddWorker();
  EXPECT_TRUE(waits.get().status.ok());
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

// ---- A version on trial: v1 is stable, v2 has all of its traffic ----

TEST_F(TrialTest, WhatTheCandidateAnswersCountsForIt) {
  Begin(Plus(1), Plus(2));
  const Reply got = Send(10).get();
  EXPECT_EQ(got.y[0], 12);
  EXPECT_EQ(got.version, "v2");
  EXPECT_STREQ(Name(got.reason), "weight");
  const health::Period candidate = PeriodOf(*v2_);
  EXPECT_EQ(candidate.requests, 1u);
  EXPECT_EQ(candidate.failures(), 0u);
  EXPECT_EQ(candidate.latency.count(), 1u);
  EXPECT_EQ(PeriodOf(*v1_), health::Period{});
}

TEST_F(TrialTest, ACandidatesErrorIsAnsweredByStableAndCountsForTheCandidateOnly) {
  Begin(Plus(1), Fails(absl::InternalError("Gather: index 7 is out of range")));
  for (int i = 0; i < 3; ++i) {
    const Reply got = Send(10).get();
    EXPECT_TRUE(got.status.ok()) << got.status;
    EXPECT_EQ(got.y, (std::vector<float>{11, 11, 11, 11}));
    EXPECT_EQ(got.version, "v1");
    EXPECT_STREQ(Name(got.reason), "retry");
  }
  const health::Period candidate = PeriodOf(*v2_);
  EXPECT_EQ(candidate.requests, 3u);
  EXPECT_EQ(candidate.server_errors, 3u);
  EXPECT_EQ(candidate.latency.count(), 0u) << "stable's time is not the candidate's";
  EXPECT_EQ(PeriodOf(*v1_), health::Period{}) << "nobody asked stable first";
  EXPECT_EQ(v2_->servable()->stats().retried_away.load(), 3u);
  EXPECT_EQ(v2_->servable()->stats().outcome(Outcome::kServerError), 3u);
  EXPECT_EQ(v1_->servable()->stats().outcome(Outcome::kSuccess), 3u);
  ExpectNothingIsLeft();
}

TEST_F(TrialTest, ACandidatesFailureIsToldAtOnce) {
  Begin(Plus(1), Fails(absl::InternalError("broken")));
  std::atomic<int> told{0};
  v2_->servable()->SetOnFailure([&] { ++told; });
  EXPECT_TRUE(Send(1).get().status.ok());
  EXPECT_EQ(told, 1);
  EXPECT_EQ(v2_->servable()->health().failures(), 1u);
  v2_->servable()->SetOnFailure({});
  EXPECT_TRUE(Send(1).get().status.ok());
  EXPECT_EQ(told, 1);
}

TEST_F(TrialTest, AWrongRequestFailsOnBothAndIsNobodysFailure) {
  Begin(Fails(absl::InvalidArgumentError("x: stable wants values from 0 to 1")),
        Fails(absl::InvalidArgumentError("x: the candidate wants values from 0 to 1")));
  const Reply got = Send(10).get();
  EXPECT_EQ(got.status.code(), absl::StatusCode::kInvalidArgument);
  for (const LoopbackVersion* version : {v1_.get(), v2_.get()}) {
    const health::Period period = PeriodOf(*version);
    EXPECT_EQ(period.failures(), 0u) << version->servable()->version();
    EXPECT_EQ(period.judged(), 0u) << version->servable()->version();
  }
  ExpectNothingIsLeft();
}

TEST_F(TrialTest, ACandidateThatRefusesWhatStableTakesHasAServerError) {
  Begin(Plus(1), Fails(absl::InvalidArgumentError("x: wants values from 0 to 1")));
  const Reply got = Send(10).get();
  EXPECT_EQ(got.y[0], 11);
  const health::Period candidate = PeriodOf(*v2_);
  EXPECT_EQ(candidate.requests, 1u);
  EXPECT_EQ(candidate.server_errors, 1u);
  EXPECT_EQ(candidate.client_errors, 0u);
  EXPECT_EQ(PeriodOf(*v1_).requests, 0u);
}

TEST_F(TrialTest, WhereBothFailTheRequestCountsOnceForTheCandidate) {
  Begin(Fails(absl::InternalError("stable is ill too")), Fails(absl::InternalError("broken")));
  EXPECT_EQ(Send(10).get().status.message(), "stable is ill too");
  EXPECT_EQ(PeriodOf(*v2_).server_errors, 1u);
  EXPECT_EQ(PeriodOf(*v1_).requests, 0u);
  ExpectNothingIsLeft();
}

TEST_F(TrialTest, ATooSlowCandidateIsPassedByStableAndHasADeadline) {
  Begin(Plus(1), Waits(2), std::chrono::milliseconds(20));
  const Reply got = Send(10).get();  // the candidate still runs
  EXPECT_EQ(got.y[0], 11);
  EXPECT_EQ(got.version, "v1");
  EXPECT_STREQ(Name(got.reason), "retry");
  const health::Period candidate = PeriodOf(*v2_);
  EXPECT_EQ(candidate.requests, 1u);
  EXPECT_EQ(candidate.deadlines, 1u);
  EXPECT_EQ(candidate.server_errors, 0u);
  EXPECT_EQ(PeriodOf(*v1_).requests, 0u);
  go_.release();
}

TEST_F(TrialTest, ACandidateThatHangsLeavesStableHalfOfTheClientsTime) {
  Begin(Counted(1), Waits(2));  // no hedge
  const Reply got = Send(10, "", std::chrono::seconds(2)).get();
  EXPECT_TRUE(got.status.ok()) << got.status;
  EXPECT_EQ(got.version, "v1");
  EXPECT_EQ(stable_ran_, 1);
  EXPECT_EQ(PeriodOf(*v2_).deadlines, 1u);
  go_.release();
}

TEST_F(TrialTest, WithoutAFallbackTheClientWaitsForACandidateThatHangs) {
  Begin(Counted(1), Waits(2));
  EXPECT_EQ(Send(10, "v2", std::chrono::milliseconds(20)).get().status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(stable_ran_, 0);
  go_.release();
}

TEST_F(TrialTest, WhatAFullCandidateCannotTakeStableAnswers) {
  Begin(Plus(1), Waits(2));
  v2_->servable()->SetLimits({.max_queue = 1});
  auto first = Send(10);
  const Reply second = Send(20).get();
  EXPECT_EQ(second.y[0], 21);
  EXPECT_EQ(second.version, "v1");
  EXPECT_STREQ(Name(second.reason), "retry");
  EXPECT_EQ(Send(30, "v2").get().status.code(), absl::StatusCode::kResourceExhausted) << "a forced one is refused";
  go_.release();
  EXPECT_EQ(first.get().y[0], 12);
  const health::Period candidate = PeriodOf(*v2_);
  EXPECT_EQ(candidate.overloads, 2u);
  EXPECT_EQ(candidate.failures(), 0u);
  EXPECT_EQ(candidate.requests, 3u);
  ExpectNothingIsLeft();
}

TEST_F(TrialTest, AForcedRequestsFailureIsItsAnswer) {
  Begin(Counted(1), Fails(absl::InternalError("broken")), std::chrono::hours(1));
  const Reply got = Send(10, "v2").get();
  EXPECT_EQ(got.status.message(), "broken");
  EXPECT_EQ(got.version, "v2");
  EXPECT_STREQ(Name(got.reason), "forced");
  EXPECT_EQ(stable_ran_, 0);
  EXPECT_EQ(PeriodOf(*v2_).server_errors, 1u);
}

TEST_F(TrialTest, WithoutAFallbackTheCandidatesFailureIsTheAnswer) {
  Begin(Plus(1), Fails(absl::InternalError("broken")));
  Split split;
  split.parts = {{v2_->servable(), kSlots}};
  tables_.Publish(MakeTable({v1_->servable(), v2_->servable()}, std::move(split)));
  EXPECT_EQ(Send(10).get().status.message(), "broken");
  EXPECT_EQ(PeriodOf(*v2_).server_errors, 1u);
}

TEST_F(TrialTest, ARequestThatStableCannotReadKeepsTheCandidatesError) {
  engine::Signature other = PlusSignature();
  other.inputs[0].shape = {tensor::kDynamic, 8};
  v1_ = std::make_unique<LoopbackVersion>(io_, "m", "v1", other, Plus(1));
  v2_ = MakeVersion("v2", Fails(absl::InternalError("broken")));
  v1_->AddWorker();
  v2_->AddWorker();
  Split split;
  split.parts = {{v2_->servable(), kSlots}};
  split.fallback = v1_->servable();
  tables_.Publish(MakeTable({v1_->servable(), v2_->servable()}, std::move(split)));
  EXPECT_EQ(Send(10).get().status.message(), "broken");
  EXPECT_EQ(PeriodOf(*v2_).server_errors, 1u);
  ExpectNothingIsLeft();
}

TEST_F(TrialTest, ADeadCandidatesRequestIsAnsweredByStableAndIsTheCandidatesFailure) {
  Begin(Plus(1), Waits(2));
  auto reply = Send(10);
  entered_.wait();
  std::thread killer([&] { v2_->KillFirstWorker(); });
  const Reply got = reply.get();
  go_.release();
  killer.join();
  EXPECT_EQ(got.y[0], 11);
  EXPECT_EQ(got.version, "v1");
  EXPECT_EQ(PeriodOf(*v2_).server_errors, 1u);
  EXPECT_EQ(PeriodOf(*v1_).requests, 0u);
}

// After a promotion the old version stays as fallback of the one that is live now.
TEST_F(TrialTest, WhileTheNewLiveVersionBakesTheOldOneAnswersWhatItFailsAt) {
  Begin(Plus(1), Fails(absl::InternalError("broken")));
  Split split;
  split.fallback = v1_->servable();
  tables_.Publish(MakeTable({v2_->servable(), v1_->servable()}, std::move(split)));
  const Reply got = Send(10).get();
  EXPECT_EQ(got.y[0], 11);
  EXPECT_EQ(got.version, "v1");
  EXPECT_STREQ(Name(got.reason), "retry");
  EXPECT_EQ(PeriodOf(*v2_).server_errors, 1u);
  EXPECT_EQ(PeriodOf(*v1_).requests, 0u);
}

// ---- Taking a version out ----

TEST_F(TrialTest, WhatAVersionHadWhenItWasTakenOutIsAnsweredByStableOnce) {
  constexpr int kRequests = 20;
  Begin(Counted(1), Waits(2));
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < kRequests; ++i) replies.push_back(Send(static_cast<float>(i)));
  entered_.wait();
  tables_.Publish(MakeTable({v1_->servable(), v2_->servable()}));  // the rollback
  v2_->servable()->Rescind();
  for (int i = 0; i < kRequests; ++i) {
    const Reply got = replies[static_cast<size_t>(i)].get();
    EXPECT_TRUE(got.status.ok()) << got.status;
    EXPECT_EQ(got.version, "v1");
    EXPECT_EQ(got.y, std::vector<float>(4, static_cast<float>(i + 1)));
  }
  EXPECT_EQ(stable_ran_, kRequests);
  EXPECT_EQ(v2_->servable()->stats().retried_away.load(), static_cast<uint64_t>(kRequests));
  EXPECT_EQ(v2_->servable()->in_flight(), 0u);
  ExpectRescue(kRequests, kRequests, 0, 0);
  io_.Run([] {});
  std::this_thread::sleep_for(std::chrono::milliseconds(5));  // what has just come is run without a look
  go_.release();  // for the one that had begun: its late answer is dropped, and the others are not run
  while (v2_->servable()->AtWorkers() > 0) std::this_thread::yield();
  v2_->KillFirstWorker();
  ExpectNothingIsLeft();
}

TEST_F(TrialTest, AForcedRequestFinishesOnTheVersionThatIsTakenOut) {
  Begin(Plus(1), Waits(2));
  auto forced = Send(10, "v2");
  entered_.wait();
  tables_.Publish(MakeTable({v1_->servable(), v2_->servable()}));
  v2_->servable()->Rescind();
  io_.Run([] {});
  go_.release(2);
  const Reply got = forced.get();
  EXPECT_TRUE(got.status.ok()) << got.status;
  EXPECT_EQ(got.version, "v2");
  EXPECT_EQ(got.y[0], 12);
  ExpectRescue(1, 0, 1, 0);
}

TEST_F(TrialTest, WhatStableFailsAtAfterItWasTakenAwayCountsAsLost) {
  Begin(Fails(absl::InternalError("broken too")), Waits(2));
  auto reply = Send(10);
  entered_.wait();
  tables_.Publish(MakeTable({v1_->servable(), v2_->servable()}));
  v2_->servable()->Rescind();
  EXPECT_EQ(reply.get().status.message(), "broken too");
  ExpectRescue(1, 0, 0, 1);
  go_.release();
}

TEST_F(TrialTest, AWrongRequestThatWasTakenAwayIsNotLost) {
  Begin(Fails(absl::InvalidArgumentError("no such word")), Waits(2));
  auto reply = Send(10);
  entered_.wait();
  tables_.Publish(MakeTable({v1_->servable(), v2_->servable()}));
  v2_->servable()->Rescind();
  EXPECT_EQ(reply.get().status.message(), "no such word");
  ExpectRescue(1, 1, 0, 0);
  go_.release();
}

TEST_F(TrialTest, LaterRequestsOfAVersionThatWasTakenOutAreNotAffected) {
  Begin(Plus(1), Plus(2));
  v2_->servable()->Rescind();
  io_.Run([] {});
  EXPECT_EQ(Send(10, "v2").get().y[0], 12);
}

TEST_F(TrialTest, NoRequestIsLostWhereVersionsAreTakenOutAndFailUnderLoad) {
  Begin(Plus(1), [this](auto inputs, auto& outputs) -> absl::Status {
    if (candidate_ran_++ % 3 == 0) return absl::InternalError("sometimes");
    return Plus(1)(inputs, outputs);
  });
  v1_->servable()->SetLimits({.max_queue = 1000});
  std::atomic<int> wrong{0};
  std::atomic<int> running{3};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        const float value = static_cast<float>(t * 1000 + i);
        const Reply got = Send(value).get();
        if (!got.status.ok() || got.y != std::vector<float>(4, value + 1)) ++wrong;
      }
      --running;
    });
  }
  while (running > 0) {
    v2_->servable()->Rescind();
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(v2_->servable()->stats().retried_away.load(), 0u);
  const uint64_t counted = PeriodOf(*v1_).requests + PeriodOf(*v2_).requests;
  EXPECT_EQ(counted, 900u) << "each request counts once";
}

}  // namespace
}  // namespace huidu::front
