#include "notify/outbox.h"

#include <gtest/gtest.h>

namespace huidu::notify {
namespace {

using std::chrono::milliseconds;
using Again = Outbox::Again;

constexpr TimePoint kStart{};

Delivery Made(uint64_t id, milliseconds due = milliseconds(0)) { return {.id = id, .due = kStart + due}; }

TEST(RetryDelayTest, DoublesUpToItsLimitAndSpreadsTheUpperHalf) {
  const RetryPolicy policy{.first_delay = milliseconds(1000), .max_delay = milliseconds(10'000)};
  EXPECT_EQ(RetryDelay(policy, 1, 0).count(), 500);
  EXPECT_EQ(RetryDelay(policy, 1, 1).count(), 1000);
  EXPECT_EQ(RetryDelay(policy, 3, 0.5).count(), 3000);
  EXPECT_EQ(RetryDelay(policy, 5, 1).count(), 10'000);
  EXPECT_EQ(RetryDelay(policy, 1'000'000, 1).count(), 10'000);
}

TEST(OutboxTest, GivesWhatIsDueInItsOrder) {
  Outbox outbox(10, {});
  EXPECT_FALSE(outbox.NextDue().has_value());
  EXPECT_TRUE(outbox.Add(Made(1, milliseconds(30))));
  EXPECT_TRUE(outbox.Add(Made(2, milliseconds(10))));
  EXPECT_TRUE(outbox.Add(Made(3, milliseconds(10))));
  EXPECT_EQ(outbox.NextDue(), kStart + milliseconds(10));
  EXPECT_FALSE(outbox.TakeDue(kStart + milliseconds(9)).has_value());
  EXPECT_EQ(outbox.TakeDue(kStart + milliseconds(10))->id, 2u);
  EXPECT_EQ(outbox.TakeDue(kStart + milliseconds(10))->id, 3u);
  EXPECT_FALSE(outbox.TakeDue(kStart + milliseconds(10)).has_value());
  EXPECT_EQ(outbox.TakeDue(kStart + milliseconds(30))->id, 1u);
  EXPECT_EQ(outbox.size(), 0u);
}

TEST(OutboxTest, TheOldestMakesRoomWheneverItIsDue) {
  Outbox outbox(2, {});
  EXPECT_TRUE(outbox.Add(Made(1, milliseconds(50))));
  EXPECT_TRUE(outbox.Add(Made(2)));
  EXPECT_FALSE(outbox.Add(Made(3)));
  EXPECT_EQ(outbox.TakeDue(kStart + milliseconds(100))->id, 2u);
  EXPECT_EQ(outbox.TakeDue(kStart + milliseconds(100))->id, 3u);
}

TEST(OutboxTest, TriesAgainWithGrowingPausesUntilTheAttemptsAreUsedUp) {
  Outbox outbox(10, {.attempts = 3, .first_delay = milliseconds(100)});
  EXPECT_EQ(outbox.Retry(Made(1), kStart, 1), Again::kWaits);
  EXPECT_EQ(outbox.NextDue(), kStart + milliseconds(100));
  Delivery second = *outbox.TakeDue(kStart + milliseconds(100));
  EXPECT_EQ(outbox.Retry(std::move(second), kStart + milliseconds(100), 1), Again::kWaits);
  EXPECT_EQ(outbox.NextDue(), kStart + milliseconds(300));
  Delivery third = *outbox.TakeDue(kStart + milliseconds(300));
  EXPECT_EQ(outbox.Retry(std::move(third), kStart + milliseconds(300), 1), Again::kGivenUp);
  EXPECT_EQ(outbox.size(), 0u);
}

TEST(OutboxTest, AnOldDeliveryDoesNotPushOutYoungerOnes) {
  Outbox outbox(2, {});
  EXPECT_TRUE(outbox.Add(Made(2)));
  EXPECT_TRUE(outbox.Add(Made(3)));
  EXPECT_EQ(outbox.Retry(Made(1), kStart, 0), Again::kWaitsInsteadOfAnother);  // it was the oldest itself
  EXPECT_EQ(outbox.TakeDue(kStart + milliseconds(100'000))->id, 2u);
  EXPECT_EQ(outbox.TakeDue(kStart + milliseconds(100'000))->id, 3u);
}

}  // namespace
}  // namespace huidu::notify
