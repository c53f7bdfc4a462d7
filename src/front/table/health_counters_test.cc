#include "front/table/health_counters.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace huidu::front {
namespace {

TEST(HealthCountersTest, CountsARequestAsItEnded) {
  HealthCounters counters;
  for (int i = 0; i < 5; ++i) counters.Count(Outcome::kSuccess);
  for (int i = 0; i < 4; ++i) counters.Count(Outcome::kClientError);
  for (int i = 0; i < 3; ++i) counters.Count(Outcome::kOverload);
  for (int i = 0; i < 2; ++i) counters.Count(Outcome::kDeadline);
  counters.Count(Outcome::kServerError);
  counters.Count(Outcome::kWorkerLost);
  const health::Period period = counters.TakePeriod();
  EXPECT_EQ(period.requests, 16u);
  EXPECT_EQ(period.client_errors, 4u);
  EXPECT_EQ(period.overloads, 3u);
  EXPECT_EQ(period.deadlines, 2u);
  EXPECT_EQ(period.server_errors, 2u) << "a lost worker's request is the version's failure";
  EXPECT_EQ(period.failures(), 4u);
  EXPECT_TRUE(period.Plausible());
  EXPECT_EQ(counters.failures(), 4u) << "neither the client's errors nor a full queue";
}

TEST(HealthCountersTest, APeriodHoldsOnlyWhatCameSinceTheOneBefore) {
  HealthCounters counters;
  counters.Count(Outcome::kServerError);
  counters.AddLatency(1'000'000, 2'000);
  counters.AddWorkerDeath();
  counters.AddScore(0.5);
  (void)counters.TakePeriod();
  EXPECT_EQ(counters.TakePeriod(), health::Period{});
  counters.Count(Outcome::kSuccess);
  EXPECT_EQ(counters.TakePeriod().requests, 1u);
  EXPECT_EQ(counters.failures(), 1u) << "goes on over the periods";
}

TEST(HealthCountersTest, TellsTheKindsOfAccuracyApart) {
  HealthCounters counters;
  counters.AddFeedback(true);
  counters.AddFeedback(false);
  counters.AddGolden(true);
  counters.AddGolden(true);
  counters.AddGolden(false);
  for (int i = 0; i < 4; ++i) counters.AddComparison(i == 0);
  counters.AddScore(0.25);
  counters.AddScore(-1.5);
  counters.AddWorkerDeath();
  const health::Period period = counters.TakePeriod();
  EXPECT_EQ(period.labelled, 2u);
  EXPECT_EQ(period.correct, 1u);
  EXPECT_EQ(period.golden_labelled, 3u);
  EXPECT_EQ(period.golden_correct, 2u);
  EXPECT_EQ(period.compared, 4u);
  EXPECT_EQ(period.agreed, 1u);
  EXPECT_EQ(period.scored, 2u);
  EXPECT_DOUBLE_EQ(period.score_sum, -1.25);
  EXPECT_EQ(period.worker_deaths, 1u);
  EXPECT_EQ(period.requests, 0u);
}

TEST(HealthCountersTest, KeepsTheWholeTimeAndTheQueueApartWithinOnePercent) {
  HealthCounters counters;
  for (uint64_t ms = 1; ms <= 1000; ++ms) counters.AddLatency(ms * 1'000'000, ms * 1'000);
  const health::Period period = counters.TakePeriod();
  EXPECT_EQ(period.latency.count(), 1000u);
  EXPECT_EQ(period.queue.count(), 1000u);
  EXPECT_NEAR(period.latency.QuantileNs(0.5), 500e6, 5e6);
  EXPECT_NEAR(period.latency.QuantileNs(0.99), 990e6, 9.9e6);
  EXPECT_NEAR(period.queue.QuantileNs(0.99), 990e3, 9.9e3);
}

TEST(HealthCountersTest, NothingIsLostOrDoubledWhileAReaderTakesPeriods) {
  constexpr uint64_t kThreads = 3, kEach = 20'000;
  HealthCounters counters;
  std::atomic<uint64_t> running{kThreads};
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (uint64_t i = 0; i < kEach; ++i) {
        counters.Count(i % 10 == 0 ? Outcome::kServerError : Outcome::kSuccess);
        counters.AddLatency(1000 + i, 1000);
        counters.AddFeedback(i % 4 == 0);
      }
      --running;
    });
  }
  health::Period all;
  while (running > 0) {
    const health::Period period = counters.TakePeriod();
    EXPECT_LE(period.correct, period.labelled);
    all.Append(period);
  }
  for (std::thread& thread : threads) thread.join();
  all.Append(counters.TakePeriod());
  EXPECT_EQ(all.requests, kThreads * kEach);
  EXPECT_EQ(all.server_errors, kThreads * kEach / 10);
  EXPECT_EQ(all.labelled, kThreads * kEach);
  EXPECT_EQ(all.correct, kThreads * kEach / 4);
  EXPECT_EQ(all.latency.count(), kThreads * kEach);
}

}  // namespace
}  // namespace huidu::front
