#include "front/shadow/shadow_runner.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <list>
#include <semaphore>
#include <thread>

#include "front/router/payload.h"
#include "front/testing/loopback.h"

namespace huidu::front {
namespace {

using testing::IoThread;
using testing::LoopbackVersion;
using testing::ModelFunction;
using testing::Plus;
using testing::PlusSignature;

template <typename Condition>
void WaitUntil(Condition condition) {
  while (!condition()) std::this_thread::yield();
}

// Stands for the block in the memory of stable's worker.
class TestLease : public ResponseLease {
 public:
  explicit TestLease(std::atomic<int>& open) : open_(open) { ++open_; }
  ~TestLease() override { --open_; }

 private:
  std::atomic<int>& open_;
};

// Lets each run of a model through when it is told to; on the way out it lets everything through.
class Gate {
 public:
  ModelFunction Guard(ModelFunction function) {
    return [this, function](auto inputs, auto& outputs) {
      ++entered_;
      go_.acquire();
      go_.release(open_ ? 1 : 0);
      return function(inputs, outputs);
    };
  }
  void Open() {
    open_ = true;
    go_.release();
  }
  int entered() const { return entered_; }

 private:
  std::counting_semaphore<> go_{0};
  std::atomic<bool> open_{false};
  std::atomic<int> entered_{0};
};

class ShadowRunnerTest : public ::testing::Test {
 protected:
  std::unique_ptr<LoopbackVersion> MakeVersion(const std::string& id, ModelFunction function,
                                               engine::Signature signature = PlusSignature(),
                                               size_t arena_bytes = 1 << 20) {
    auto version =
        std::make_unique<LoopbackVersion>(io_, "m", id, std::move(signature), std::move(function), arena_bytes);
    version->AddWorker();
    return version;
  }

  // What stable, which adds 1, has answered to `value`.
  ShadowRequest MakeRequest(const LoopbackVersion& candidate, float value = 10) {
    const InputDescription x{.name = "x", .datatype = "FP32", .shape = {1, 4}, .bytes = 16};
    std::shared_ptr<Payload> payload = *NewPayload(stable(), {{x}}, {});
    const std::array<float, 4> values = {value, value, value, value};
    std::memcpy(InputBytes(stable(), *payload, 0).data(), values.data(), sizeof(values));
    answers_.push_back({value + 1, value + 1, value + 1, value + 1});
    const Output y{0, tensor::DataType::kFp32, {1, 4}, std::as_bytes(std::span(answers_.back()))};
    return {stable_->servable(), candidate.servable(), std::move(payload), {y}, std::make_shared<TestLease>(leases_)};
  }

  const Servable& stable() const { return *stable_->servable(); }

  static uint64_t Done(const ShadowRunner& runner) {
    const ShadowStats stats = runner.stats();
    return stats.dropped + stats.compared + stats.failed;
  }

  void ExpectEverythingGivenBack(const LoopbackVersion& candidate) {
    WaitUntil([&] { return leases_ == 0 && candidate.servable()->requests().bytes_in_use() == 0; });
    WaitUntil([&] { return stable().requests().bytes_in_use() == 0; });
    WaitUntil([&] { return candidate.servable()->in_flight() == 0; });
  }

  IoThread io_;
  std::atomic<int> leases_{0};
  std::list<std::array<float, 4>> answers_;
  std::unique_ptr<LoopbackVersion> stable_ = MakeVersion("v1", Plus(1));
};

TEST_F(ShadowRunnerTest, EqualAnswersAgree) {
  auto candidate = MakeVersion("v2", Plus(1));
  ShadowRunner runner;
  for (int i = 0; i < 10; ++i) {
    runner.Offer(MakeRequest(*candidate, static_cast<float>(i)));
    WaitUntil([&] { return Done(runner) == static_cast<uint64_t>(i) + 1; });
  }
  EXPECT_EQ(runner.stats().agreed, 10u);
  const health::Period period = candidate->servable()->health().TakePeriod();
  EXPECT_EQ(period.compared, 10u);
  EXPECT_EQ(period.agreed, 10u);
  EXPECT_EQ(period.requests, 10u);
  EXPECT_EQ(period.latency.count(), 10u);
  EXPECT_EQ(period.server_errors, 0u);
  EXPECT_EQ(stable_->servable()->health().TakePeriod().requests, 0u);
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, ADisagreementIsCountedAndShown) {
  auto candidate = MakeVersion("v2", Plus(2));
  std::string why;
  float input = 0, expected = 0, actual = 0;
  ShadowOptions options;
  options.on_disagreement = [&](const Disagreement& shown) {
    why = shown.why;
    std::memcpy(&input, InputBytes(shown.candidate, *shown.payload, 0).data(), sizeof(float));
    std::memcpy(&expected, shown.expected[0].data.data(), sizeof(float));
    std::memcpy(&actual, shown.actual[0].data.data(), sizeof(float));
    EXPECT_EQ(shown.stable.version(), "v1");
  };
  {
    ShadowRunner runner(options);
    runner.Offer(MakeRequest(*candidate, 10));
    WaitUntil([&] { return Done(runner) == 1; });
    EXPECT_EQ(runner.stats().agreed, 0u);
    EXPECT_EQ(runner.stats().failed, 0u);
  }
  EXPECT_EQ(why, "output 'y': element 0 is 11 from stable and 12 from the candidate");
  EXPECT_EQ(input, 10);
  EXPECT_EQ(expected, 11);
  EXPECT_EQ(actual, 12);
  const health::Period period = candidate->servable()->health().TakePeriod();
  EXPECT_EQ(period.compared, 1u);
  EXPECT_EQ(period.agreed, 0u);
  EXPECT_EQ(period.requests, 1u) << "an answer that differs is an answer";
  EXPECT_EQ(period.server_errors, 0u);
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, EachModelIsComparedAsItsOptionsSay) {
  auto candidate = MakeVersion("v2", Plus(2));
  ShadowRunner runner;
  runner.SetOptions("other", {.absolute = 2});
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return Done(runner) == 1; });
  EXPECT_EQ(runner.stats().agreed, 0u);
  runner.SetOptions("m", {.absolute = 2});
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return Done(runner) == 2; });
  EXPECT_EQ(runner.stats().agreed, 1u);
}

TEST_F(ShadowRunnerTest, AStuckCandidateHoldsUpNobodyAndNothingOfStable) {
  Gate gate;
  auto candidate = MakeVersion("v2", gate.Guard(Plus(1)));
  ShadowOptions options;
  options.max_out = 3;
  ShadowRunner runner(options);
  for (int i = 0; i < 100; ++i) runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return runner.stats().dropped == 97; });
  EXPECT_EQ(candidate->servable()->in_flight(), 3u);
  WaitUntil([&] { return leases_ == 0 && stable().requests().bytes_in_use() == 0; });
  EXPECT_EQ(runner.stats().compared, 0u) << "the candidate is still at it";
  gate.Open();
  WaitUntil([&] { return Done(runner) == 100; });
  EXPECT_EQ(runner.stats().agreed, 3u);
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, AStuckCandidateOfOneModelLeavesTheOthersTheirCopies) {
  Gate gate;
  auto stuck = MakeVersion("v2", gate.Guard(Plus(1)));
  auto fine = MakeVersion("v3", Plus(1));
  ShadowOptions options;
  options.max_out = 1;
  ShadowRunner runner(options);
  runner.Offer(MakeRequest(*stuck));
  runner.Offer(MakeRequest(*stuck));
  runner.Offer(MakeRequest(*fine));
  WaitUntil([&] { return runner.stats().agreed == 1; });
  EXPECT_EQ(runner.stats().dropped, 1u);
  gate.Open();
  WaitUntil([&] { return runner.stats().agreed == 2; });
}

TEST_F(ShadowRunnerTest, ACandidateThatIsTooLateHasFailed) {
  Gate gate;
  auto candidate = MakeVersion("v2", gate.Guard(Plus(1)));
  candidate->servable()->SetLimits({.request_timeout = std::chrono::milliseconds(1)});
  std::atomic<int> told{0};
  candidate->servable()->SetOnFailure([&] { ++told; });
  ShadowRunner runner;
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return Done(runner) == 1; });
  EXPECT_EQ(runner.stats().failed, 1u);
  EXPECT_EQ(told, 1);
  const health::Period period = candidate->servable()->health().TakePeriod();
  EXPECT_EQ(period.deadlines, 1u);
  EXPECT_EQ(period.requests, 1u);
  EXPECT_EQ(period.compared, 0u);
  gate.Open();
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, WhatTheThreadHasNotGotToIsBounded) {
  auto candidate = MakeVersion("v2", Plus(2));
  std::binary_semaphore busy{0}, go{0};
  ShadowOptions options;
  options.max_waiting = 4;
  options.on_disagreement = [&](const Disagreement&) {
    busy.release();
    go.acquire();
  };
  ShadowRunner runner(options);
  runner.Offer(MakeRequest(*candidate));
  busy.acquire();
  for (int i = 0; i < 10; ++i) runner.Offer(MakeRequest(*candidate));
  EXPECT_EQ(runner.stats().offered, 11u);
  EXPECT_EQ(runner.stats().dropped, 6u);
  for (int i = 0; i < 4; ++i) {
    go.release();
    busy.acquire();
  }
  go.release();
  WaitUntil([&] { return Done(runner) == 11; });
  EXPECT_EQ(runner.stats().compared, 5u);
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, TheMemoryOfAllCopiesIsBoundedAndComesBack) {
  Gate gate;
  auto candidate = MakeVersion("v2", gate.Guard(Plus(1)));
  const ShadowRequest first = MakeRequest(*candidate);
  ShadowOptions options;
  options.max_bytes = 2 * (first.payload->block.bytes().size() + 16);
  ShadowRunner runner(options);
  runner.Offer(first);
  runner.Offer(MakeRequest(*candidate));
  runner.Offer(MakeRequest(*candidate));
  EXPECT_EQ(runner.stats().dropped, 1u);
  gate.Open();
  WaitUntil([&] { return Done(runner) == 3; });
  WaitUntil([&] {  // the last byte is counted down after the last comparison
    const uint64_t dropped = runner.stats().dropped;
    runner.Offer(MakeRequest(*candidate));
    return runner.stats().dropped == dropped;
  });
}

TEST_F(ShadowRunnerTest, UsersKeepHalfOfTheCandidatesQueue) {
  Gate gate;
  auto candidate = MakeVersion("v2", gate.Guard(Plus(1)));
  Servable& servable = *candidate->servable();
  servable.SetLimits({.max_queue = 8});
  ShadowRunner runner;
  for (int i = 0; i < 10; ++i) runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return runner.stats().dropped == 6; });
  EXPECT_EQ(servable.in_flight(), 4u);
  int admitted = 0;
  while (servable.Admit()) ++admitted;
  EXPECT_EQ(admitted, 4);
  for (int i = 0; i < admitted; ++i) servable.Release();
  gate.Open();
  WaitUntil([&] { return Done(runner) == 10; });
  while (servable.in_flight() < 4) ASSERT_TRUE(servable.Admit());
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return Done(runner) == 11; });
  EXPECT_EQ(runner.stats().dropped, 7u) << "a queue of users goes first";
  for (int i = 0; i < 4; ++i) servable.Release();
}

TEST_F(ShadowRunnerTest, RequestsThatTheirCallersGaveUpStillFillTheQueue) {
  Gate gate;
  auto candidate = MakeVersion("v2", gate.Guard(Plus(1)));
  Servable& servable = *candidate->servable();
  servable.SetLimits({.max_queue = 4});
  ShadowRunner runner;
  runner.Offer(MakeRequest(*candidate));
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return servable.PickWorker()->outstanding() == 2; });
  servable.Rescind();
  WaitUntil([&] { return Done(runner) == 2; });
  EXPECT_EQ(servable.in_flight(), 0u);
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return Done(runner) == 3; });
  EXPECT_EQ(runner.stats().dropped, 3u);
  EXPECT_EQ(servable.PickWorker()->outstanding(), 2u) << "the third was not sent";
  gate.Open();
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, UsersKeepHalfOfTheCandidatesArena) {
  auto candidate = MakeVersion("v2", Plus(1), PlusSignature(), 64 << 10);
  ShadowRunner runner;
  const ipc::Block users = *candidate->servable()->requests().Allocate(32 << 10);
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return Done(runner) == 1; });
  EXPECT_EQ(runner.stats().dropped, 1u);
  EXPECT_EQ(candidate->servable()->health().TakePeriod().requests, 0u) << "it was never asked";
}

TEST_F(ShadowRunnerTest, TheDeathOfTheCandidateIsItsFailure) {
  Gate gate;
  auto candidate = MakeVersion("v2", gate.Guard(Plus(1)));
  ShadowRunner runner;
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return gate.entered() == 1; });
  std::thread killer([&] { candidate->KillFirstWorker(); });
  WaitUntil([&] { return Done(runner) == 1; });  // while the worker is still at it
  gate.Open();
  killer.join();
  EXPECT_EQ(runner.stats().failed, 1u);
  EXPECT_EQ(candidate->servable()->health().TakePeriod().server_errors, 1u);
  EXPECT_EQ(gate.entered(), 1) << "a copy is not tried again";
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return Done(runner) == 2; });
  EXPECT_EQ(runner.stats().dropped, 1u) << "there is no worker to ask";
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, ARescindedCopyIsNobodysFailure) {
  Gate gate;
  auto candidate = MakeVersion("v2", gate.Guard(Plus(1)));
  ShadowRunner runner;
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return gate.entered() == 1; });
  candidate->servable()->Rescind();
  WaitUntil([&] { return Done(runner) == 1; });
  EXPECT_EQ(runner.stats().dropped, 1u);
  EXPECT_EQ(candidate->servable()->health().TakePeriod().requests, 0u);
  gate.Open();
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, AnErrorOfTheCandidateIsItsFailureAndNoComparison) {
  auto candidate = MakeVersion("v2", [](auto, auto&) { return absl::InternalError("Gather: index out of range"); });
  ShadowRunner runner;
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return Done(runner) == 1; });
  EXPECT_EQ(runner.stats().failed, 1u);
  const health::Period period = candidate->servable()->health().TakePeriod();
  EXPECT_EQ(period.server_errors, 1u);
  EXPECT_EQ(period.compared, 0u);
}

TEST_F(ShadowRunnerTest, ToRefuseWhatStableAnswersIsAnErrorAndADisagreement) {
  auto candidate = MakeVersion("v2", [](auto, auto&) { return absl::InvalidArgumentError("9 is too wide"); });
  std::string why;
  ShadowOptions options;
  options.on_disagreement = [&](const Disagreement& shown) {
    why = shown.why;
    EXPECT_TRUE(shown.actual.empty());
  };
  {
    ShadowRunner runner(options);
    runner.Offer(MakeRequest(*candidate));
    WaitUntil([&] { return runner.stats().compared == 1; });
    EXPECT_EQ(runner.stats().failed, 1u);
    EXPECT_EQ(runner.stats().agreed, 0u);
  }
  EXPECT_EQ(why, "the candidate refuses what stable answers: 9 is too wide");
  const health::Period period = candidate->servable()->health().TakePeriod();
  EXPECT_EQ(period.server_errors, 1u);
  EXPECT_EQ(period.client_errors, 0u);
  EXPECT_EQ(period.compared, 1u);
  EXPECT_EQ(period.agreed, 0u);
}

TEST_F(ShadowRunnerTest, ASignatureThatDoesNotTakeTheRequestIsARefusal) {
  engine::Signature other = PlusSignature();
  other.inputs[0].name = "image";
  auto candidate = MakeVersion("v2", Plus(1), other);
  ShadowOptions options;
  options.on_disagreement = [](const Disagreement& shown) { EXPECT_EQ(shown.payload, nullptr); };
  ShadowRunner runner(options);
  runner.Offer(MakeRequest(*candidate));
  WaitUntil([&] { return runner.stats().compared == 1; });
  EXPECT_EQ(runner.stats().failed, 1u);
  EXPECT_EQ(candidate->servable()->health().TakePeriod().server_errors, 1u);
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, AnswersThatComeAfterTheRunnersEndAreDropped) {
  Gate gate;
  auto candidate = MakeVersion("v2", gate.Guard(Plus(1)));
  {
    ShadowRunner runner;
    for (int i = 0; i < 3; ++i) runner.Offer(MakeRequest(*candidate));
    WaitUntil([&] { return candidate->servable()->in_flight() == 3; });
  }
  EXPECT_EQ(leases_, 0);
  gate.Open();
  WaitUntil([&] { return candidate->servable()->in_flight() == 0; });
  EXPECT_EQ(candidate->servable()->health().TakePeriod().compared, 0u);
  ExpectEverythingGivenBack(*candidate);
}

TEST_F(ShadowRunnerTest, ManyThreadsOfferAndEveryCopyIsAccountedFor) {
  auto candidate = MakeVersion("v2", Plus(1));
  ShadowRunner runner;
  std::vector<std::vector<ShadowRequest>> requests(4);
  for (auto& some : requests) {
    for (int i = 0; i < 500; ++i) some.push_back(MakeRequest(*candidate, static_cast<float>(i)));
  }
  std::vector<std::thread> threads;
  for (auto& some : requests) {
    threads.emplace_back([&] {
      for (ShadowRequest& request : some) runner.Offer(std::move(request));
    });
  }
  for (std::thread& thread : threads) thread.join();
  WaitUntil([&] { return Done(runner) == 2000; });
  const ShadowStats stats = runner.stats();
  EXPECT_EQ(stats.offered, 2000u);
  EXPECT_EQ(stats.agreed, stats.compared);
  EXPECT_EQ(stats.failed, 0u);
  EXPECT_GT(stats.compared, 0u);
  ExpectEverythingGivenBack(*candidate);
}

}  // namespace
}  // namespace huidu::front
