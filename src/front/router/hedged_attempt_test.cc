#include "front/router/hedged_attempt.h"

#include "front/router/router_fixture.h"

namespace huidu::front {
namespace {

using testing::Fails;
using testing::IoThread;
using testing::kLong;
using testing::LoopbackVersion;
using testing::MakeTable;
using testing::ModelFunction;
using testing::Plus;
using testing::TrialTest;

constexpr std::chrono::milliseconds kSoon{1};
constexpr std::chrono::hours kNever{1};

// A model that does what it is given when it may go on, and tells when it has begun.
class Held {
 public:
  explicit Held(ModelFunction then) : then_(std::move(then)) {}

  ModelFunction Function() {
    return [this](auto inputs, auto& outputs) {
      began_.release();
      go_.acquire();
      return then_(inputs, outputs);
    };
  }
  void WaitUntilBegun() { began_.acquire(); }
  bool HasBegun() { return began_.try_acquire(); }  // another one than those waited for
  void GoOn(int requests = 1) { go_.release(requests); }

 private:
  const ModelFunction then_;
  std::counting_semaphore<1000> began_{0}, go_{0};
};

// v1 is stable, v2 the candidate; each has an I/O thread of its own, as it may be in the server.
class HedgeTest : public TrialTest {
 protected:
  ~HedgeTest() override { End(); }

  // Both models wait until they may go on.
  void BeginHeld(ModelFunction stable, ModelFunction candidate, std::chrono::nanoseconds patience = kSoon) {
    stable_ = std::make_unique<Held>(std::move(stable));
    candidate_ = std::make_unique<Held>(std::move(candidate));
    Begin(stable_->Function(), candidate_->Function(), patience, testing::PlusSignature(), &candidates_io_);
  }

  // A request that both versions have begun.
  std::future<Reply> SendToBoth(std::chrono::nanoseconds timeout = kLong) {
    auto reply = Send(10, "", timeout);
    candidate_->WaitUntilBegun();
    stable_->WaitUntilBegun();
    return reply;
  }

  // As a death of the version's worker; its router has been told on return.
  void LoseWorker(LoopbackVersion& version) {
    version.servable()->PickWorker()->Close(absl::UnavailableError("the worker process ended"));
    io_.Run([] {});
    candidates_io_.Run([] {});
  }

  // Returns once the router has been told that the candidate is late.
  void LetPatienceEnd() {
    std::this_thread::sleep_for(20 * kSoon);
    for (int i = 0; i < 5; ++i) candidates_io_.Run([] {});  // among them, the thread looks at its timers
  }

  // Returns once the router has its answer.
  void WaitForAnswer(LoopbackVersion& version) {
    while (version.servable()->PickWorker()->outstanding() > 0) std::this_thread::yield();
    io_.Run([] {});
    candidates_io_.Run([] {});
  }

  // The models go on until nobody waits for them: what is late by then has come.
  void End() {
    if (v1_ == nullptr) return;
    if (stable_ != nullptr) stable_->GoOn(100);
    if (candidate_ != nullptr) candidate_->GoOn(100);
    for (LoopbackVersion* version : {v1_.get(), v2_.get()}) {
      while (version->servable()->PickWorker() != nullptr) version->KillFirstWorker();
    }
    ExpectNothingIsLeft();
    v1_.reset();
    v2_.reset();
  }

  void ExpectAnswerOf(const Reply& reply, const char* version, const char* route, float y) {
    EXPECT_TRUE(reply.status.ok()) << reply.status;
    EXPECT_EQ(reply.version, version);
    EXPECT_STREQ(Name(reply.reason), route);
    EXPECT_EQ(reply.y, std::vector<float>(4, y));
  }

  // The request has no answer until this one of the two models goes on, and then its answer.
  void GoOnAndExpectAnswer(Held& model, std::future<Reply>& reply) {
    EXPECT_EQ(reply.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    model.GoOn();
    if (&model == stable_.get()) {
      ExpectAnswerOf(reply.get(), "v1", "retry", 11);
    } else {
      ExpectAnswerOf(reply.get(), "v2", "weight", 12);
    }
  }

  // One request, asked of the candidate first.
  void ExpectCounted(uint64_t deadlines, uint64_t server_errors) {
    const health::Period candidate = PeriodOf(*v2_);
    EXPECT_EQ(candidate.requests, 1u);
    EXPECT_EQ(candidate.deadlines, deadlines);
    EXPECT_EQ(candidate.server_errors, server_errors);
    EXPECT_EQ(candidate.latency.count(), deadlines + server_errors == 0 ? 1u : 0u);
    EXPECT_EQ(PeriodOf(*v1_), health::Period{}) << "nobody asked stable first";
  }

  void ExpectHedges(uint64_t won, uint64_t lost, uint64_t failed) {
    const VersionStats& stats = v2_->servable()->stats();
    EXPECT_EQ(stats.hedged_won, won);
    EXPECT_EQ(stats.hedged_lost, lost);
    EXPECT_EQ(stats.hedged_failed, failed);
  }

  uint64_t Ended(const std::unique_ptr<LoopbackVersion>& version, Outcome outcome) {
    return version->servable()->stats().outcome(outcome);
  }

  IoThread candidates_io_;
  std::unique_ptr<Held> stable_, candidate_;
};

TEST_F(HedgeTest, ACandidateThatIsInTimeIsAskedAlone) {
  BeginHeld(Plus(1), Plus(2), kNever);
  auto reply = Send(10);
  GoOnAndExpectAnswer(*candidate_, reply);
  ExpectCounted(0, 0);
  ExpectHedges(0, 0, 0);
  EXPECT_EQ(Ended(v1_, Outcome::kSuccess), 0u);
}

TEST_F(HedgeTest, ALateCandidateThatIsStillFirstAnswersAndIsNotToBlame) {
  BeginHeld(Plus(1), Plus(2));
  auto reply = SendToBoth();
  EXPECT_EQ(v1_->servable()->in_flight(), 1u) << "both places are held";
  EXPECT_EQ(v2_->servable()->in_flight(), 1u);
  GoOnAndExpectAnswer(*candidate_, reply);
  EXPECT_EQ(v1_->servable()->in_flight(), 0u) << "and given back while stable still runs";
  EXPECT_EQ(v2_->servable()->in_flight(), 0u);
  const health::Period period = PeriodOf(*v2_);
  EXPECT_EQ(period.requests, 1u);
  EXPECT_EQ(period.failures(), 0u);
  ASSERT_EQ(period.latency.count(), 1u);
  EXPECT_GE(period.latency.QuantileNs(0.5), 0.9e6) << "from the admission on, not from when stable was asked";
  EXPECT_EQ(PeriodOf(*v1_), health::Period{});
  ExpectHedges(1, 0, 0);
  EXPECT_EQ(v2_->servable()->stats().retried_away, 0u);
  End();
}

TEST_F(HedgeTest, StableAnswersWhereItIsFirstAndTheCandidateWasTooSlow) {
  BeginHeld(Plus(1), Plus(2));
  samples_.wanted = true;
  auto reply = SendToBoth();
  GoOnAndExpectAnswer(*stable_, reply);
  EXPECT_EQ(v1_->servable()->in_flight(), 0u);
  EXPECT_EQ(v2_->servable()->in_flight(), 0u) << "given back while the candidate still runs";
  ExpectCounted(1, 0);
  ExpectHedges(0, 1, 0);
  EXPECT_EQ(Ended(v2_, Outcome::kDeadline), 1u);
  EXPECT_EQ(Ended(v1_, Outcome::kSuccess), 1u);
  EXPECT_EQ(v2_->servable()->stats().retried_away, 1u);
  ASSERT_EQ(samples_.notes.size(), 1u);
  EXPECT_EQ(samples_.notes[0].version, "v1");
  EXPECT_EQ(samples_.notes[0].failed, "v2");
  EXPECT_EQ(samples_.notes[0].failure, absl::StatusCode::kDeadlineExceeded);
  candidate_->GoOn();
  candidates_io_.Run([] {});
  EXPECT_EQ(Ended(v2_, Outcome::kSuccess), 0u) << "the late answer is dropped";
}

TEST_F(HedgeTest, ACandidateThatFailsLateLeavesTheAnswerToStable) {
  BeginHeld(Plus(1), Fails(absl::InternalError("broken")));
  auto reply = SendToBoth();
  candidate_->GoOn();
  WaitForAnswer(*v2_);
  GoOnAndExpectAnswer(*stable_, reply);
  ExpectCounted(0, 1);
  ExpectHedges(0, 1, 0);
}

TEST_F(HedgeTest, WhereStableFailsTheCandidateIsWaitedFor) {
  BeginHeld(Fails(absl::InternalError("stable is ill")), Plus(2));
  auto reply = SendToBoth();
  stable_->GoOn();
  WaitForAnswer(*v1_);
  GoOnAndExpectAnswer(*candidate_, reply);
  ExpectCounted(0, 0);
  ExpectHedges(1, 0, 0);
  EXPECT_EQ(Ended(v1_, Outcome::kServerError), 1u);
}

TEST_F(HedgeTest, WhereBothFailInWhateverOrderStableHasTheLastWord) {
  for (const bool stable_first : {true, false}) {
    BeginHeld(Fails(absl::InternalError("stable is ill too")), Fails(absl::InternalError("broken")));
    auto reply = SendToBoth();
    (stable_first ? stable_ : candidate_)->GoOn();
    WaitForAnswer(stable_first ? *v1_ : *v2_);
    (stable_first ? candidate_ : stable_)->GoOn();
    const Reply got = reply.get();
    EXPECT_EQ(got.status.message(), "stable is ill too");
    EXPECT_EQ(got.version, "v1");
    ExpectCounted(0, 1);
    ExpectHedges(0, 0, 1);
    End();
  }
}

TEST_F(HedgeTest, AWrongRequestFailsOnBothAndIsNobodysFailure) {
  BeginHeld(Fails(absl::InvalidArgumentError("stable: x")), Fails(absl::InvalidArgumentError("x")));
  auto reply = SendToBoth();
  candidate_->GoOn();
  stable_->GoOn();
  EXPECT_EQ(reply.get().status.message(), "stable: x");
  const health::Period period = PeriodOf(*v2_);
  EXPECT_EQ(period.client_errors, 1u);
  EXPECT_EQ(period.judged(), 0u);
  EXPECT_EQ(PeriodOf(*v1_), health::Period{});
}

TEST_F(HedgeTest, ACandidateThatRefusesLateWhatStableTakesHasAServerError) {
  BeginHeld(Plus(1), Fails(absl::InvalidArgumentError("x")));
  auto reply = SendToBoth();
  candidate_->GoOn();
  WaitForAnswer(*v2_);
  GoOnAndExpectAnswer(*stable_, reply);
  ExpectCounted(0, 1);
}

TEST_F(HedgeTest, WhereStableHasNoRoomTheCandidateGoesOnAlone) {
  BeginHeld(Plus(1), Plus(2));
  v1_->servable()->SetLimits({.max_queue = 0});
  auto reply = Send(10);
  candidate_->WaitUntilBegun();
  LetPatienceEnd();
  GoOnAndExpectAnswer(*candidate_, reply);
  ExpectCounted(0, 0);
  ExpectHedges(0, 0, 0);
}

TEST_F(HedgeTest, WhatFailsAloneIsAskedOfStableOnceThatHasRoom) {
  BeginHeld(Plus(1), Fails(absl::InternalError("broken")));
  v1_->servable()->SetLimits({.max_queue = 0});
  auto reply = Send(10);
  candidate_->WaitUntilBegun();
  LetPatienceEnd();
  v1_->servable()->SetLimits({});
  candidate_->GoOn();
  GoOnAndExpectAnswer(*stable_, reply);
  ExpectCounted(0, 1);
  ExpectHedges(0, 0, 0);
}

TEST_F(HedgeTest, ACandidateWhoseWorkerDiesBeforeItIsLateIsTriedAsWithoutAHedge) {
  BeginHeld(Plus(1), Plus(2), kNever);
  auto reply = Send(10);
  candidate_->WaitUntilBegun();
  LoseWorker(*v2_);
  GoOnAndExpectAnswer(*stable_, reply);
  ExpectCounted(0, 1);
  ExpectHedges(0, 0, 0);
}

TEST_F(HedgeTest, ACandidateWhoseWorkerDiesLateLeavesTheAnswerToStable) {
  BeginHeld(Plus(1), Plus(2));
  auto reply = SendToBoth();
  LoseWorker(*v2_);
  GoOnAndExpectAnswer(*stable_, reply);
  ExpectCounted(0, 1);
  ExpectHedges(0, 1, 0);
  EXPECT_EQ(Ended(v2_, Outcome::kWorkerLost), 1u);
}

TEST_F(HedgeTest, WhatASlowCandidateStillHasTakesPlacesInItsQueue) {
  BeginHeld(Plus(1), Plus(2));
  v2_->servable()->SetLimits({.max_queue = 1});
  auto first = SendToBoth();
  stable_->GoOn();
  ExpectAnswerOf(first.get(), "v1", "retry", 11);
  auto second = Send(20);
  stable_->GoOn();
  ExpectAnswerOf(second.get(), "v1", "retry", 21);
  EXPECT_EQ(Ended(v2_, Outcome::kOverload), 1u);
  EXPECT_EQ(v2_->servable()->PickWorker()->outstanding(), 1u) << "the second was never given to it";
}

TEST_F(HedgeTest, WhatASlowCandidateHasNotBegunWhenStableAnswersIsTakenBackFromIt) {
  BeginHeld(Plus(1), Plus(2));
  auto first = SendToBoth();
  auto second = Send(20);  // waits behind the first one in the candidate's worker
  stable_->GoOn(2);
  ExpectAnswerOf(first.get(), "v1", "retry", 11);
  ExpectAnswerOf(second.get(), "v1", "retry", 21);
  candidates_io_.Run([] {});               // its worker has been told
  std::this_thread::sleep_for(5 * kSoon);  // what has just come is run without a look
  EXPECT_EQ(v2_->servable()->AtWorkers(), 2u);
  candidate_->GoOn();  // for the first one alone
  WaitForAnswer(*v2_);
  EXPECT_EQ(v2_->servable()->AtWorkers(), 0u);
  EXPECT_FALSE(candidate_->HasBegun()) << "the second one was run though nobody waited for it";
}

TEST_F(HedgeTest, WhereStablesWorkerDiesTheCandidateIsWaitedFor) {
  BeginHeld(Plus(1), Plus(2));
  auto reply = SendToBoth();
  LoseWorker(*v1_);
  GoOnAndExpectAnswer(*candidate_, reply);
  ExpectCounted(0, 0);
  ExpectHedges(1, 0, 0);
  EXPECT_EQ(Ended(v1_, Outcome::kWorkerLost), 1u);
}

TEST_F(HedgeTest, WhereBothWorkersDieTheRequestWaitsForStablesNextOne) {
  BeginHeld(Plus(1), Plus(2));
  auto reply = SendToBoth();
  LoseWorker(*v1_);
  LoseWorker(*v2_);
  EXPECT_EQ(reply.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  stable_->GoOn(2);
  v1_->AddWorker();
  ExpectAnswerOf(reply.get(), "v1", "retry", 11);
  ExpectCounted(0, 1);
  ExpectHedges(0, 0, 1);
}

TEST_F(HedgeTest, ARequestThatCostsWorkersOfBothVersionsIsGivenUpAtTheThird) {
  BeginHeld(Plus(1), Plus(2));
  auto reply = SendToBoth();
  LoseWorker(*v2_);
  LoseWorker(*v1_);
  v1_->AddWorker();
  stable_->WaitUntilBegun();
  LoseWorker(*v1_);
  const Reply got = reply.get();
  EXPECT_EQ(got.status.code(), absl::StatusCode::kInternal) << got.status;
  ExpectCounted(0, 1);
}

TEST_F(HedgeTest, TheClientsDeadlineEndsBoth) {
  BeginHeld(Plus(1), Plus(2));
  auto reply = SendToBoth(std::chrono::milliseconds(500));
  const Reply got = reply.get();
  EXPECT_EQ(got.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(v1_->servable()->in_flight(), 0u);
  EXPECT_EQ(v2_->servable()->in_flight(), 0u);
  ExpectCounted(1, 0);
  ExpectHedges(0, 0, 1);
}

TEST_F(HedgeTest, ADeadlineThatIsShorterThanThePatienceEndsItBeforeStableIsAsked) {
  BeginHeld(Plus(1), Plus(2), kLong);
  EXPECT_EQ(Send(10, "", std::chrono::milliseconds(20)).get().status.code(), absl::StatusCode::kDeadlineExceeded);
  ExpectCounted(1, 0);
  ExpectHedges(0, 0, 0);
  EXPECT_EQ(v1_->servable()->stats().retried_away, 0u);
}

TEST_F(HedgeTest, WhatIsTakenFromALateCandidateStableAnswersAtItsFirstAttempt) {
  BeginHeld(Plus(1), Plus(2));
  auto reply = SendToBoth();
  tables_.Publish(MakeTable({v1_->servable(), v2_->servable()}));  // the rollback
  v2_->servable()->Rescind();
  candidates_io_.Run([] {});
  GoOnAndExpectAnswer(*stable_, reply);
  ExpectCounted(1, 0);
  ExpectHedges(0, 1, 0);
  ExpectRescue(1, 1, 0, 0);
  EXPECT_EQ(Ended(v1_, Outcome::kSuccess), 1u);
}

// As when the server stops: neither version has a worker, nor gets one again.
TEST_F(HedgeTest, ARequestEndsWhereBothVersionsAreGone) {
  BeginHeld(Plus(1), Plus(2));
  auto reply = SendToBoth();
  v1_->servable()->Abandon();
  v2_->servable()->Abandon();
  LoseWorker(*v2_);
  LoseWorker(*v1_);
  EXPECT_EQ(reply.get().status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(HedgeTest, UnderLoadEachRequestIsAnsweredAndCountsOnce) {
  const auto sometimes_late = [this](float plus) -> ModelFunction {
    return [this, plus](auto inputs, auto& outputs) -> absl::Status {
      const int now = candidate_ran_++;  // of the fixture: the model still runs when this function has ended
      if (now % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(now % 7 * 500));
      if (now % 11 == 0) return absl::InternalError("sometimes");
      return Plus(plus)(inputs, outputs);
    };
  };
  Begin(Plus(1), sometimes_late(1), kSoon, testing::PlusSignature(), &candidates_io_);
  for (const auto* version : {v1_.get(), v2_.get()}) version->servable()->SetLimits({.max_queue = 1000});
  std::atomic<int> wrong{0}, running{3};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const float value = static_cast<float>(t * 1000 + i);
        const Reply got = Send(value).get();
        if (!got.status.ok() || got.y != std::vector<float>(4, value + 1)) ++wrong;
      }
      --running;
    });
  }
  for (int i = 0; running > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (i % 3 == 0) v2_->servable()->Rescind();
    if (i % 5 != 0) continue;
    v2_->AddWorker();
    v2_->KillFirstWorker();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(PeriodOf(*v1_).requests + PeriodOf(*v2_).requests, 600u) << "each request counts once";
  const VersionStats& stats = v2_->servable()->stats();
  EXPECT_GT(stats.hedged_won + stats.hedged_lost, 0u);
}

}  // namespace
}  // namespace huidu::front
