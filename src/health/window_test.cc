#include "health/window.h"

#include <gtest/gtest.h>

namespace huidu::health {
namespace {

using std::chrono::seconds;

Period Of(uint64_t requests, Span length = Span(1000)) { return {.length = length, .requests = requests}; }

WindowOptions Seconds(int longest) {
  return {.sampling_period = seconds(1), .longest = seconds(longest), .memory_warm_up = seconds(10)};
}

TEST(WindowTest, SumsUpTheNewestPeriods) {
  Window window(Seconds(60));
  for (uint64_t i = 1; i <= 10; ++i) EXPECT_TRUE(window.Add(Of(i)));
  EXPECT_EQ(window.Over(seconds(3)).sum.requests, 8u + 9 + 10);
  EXPECT_EQ(window.Over(seconds(60)).sum.requests, 55u);
  EXPECT_EQ(window.Over(seconds(0)).sum.requests, 0u);
}

TEST(WindowTest, ForgetsWhatIsOlderThanItsLongestSpanButNotTheTotal) {
  Window window(Seconds(5));
  for (int i = 0; i < 1000; ++i) window.Add(Of(1));
  EXPECT_LE(window.periods().size(), 6u);
  EXPECT_EQ(window.Over(seconds(100)).sum.requests, window.periods().size());
  EXPECT_EQ(window.All().sum.requests, 1000u);
}

TEST(WindowTest, NeverHoldsMoreThanItsBound) {
  Window window({.sampling_period = Span(1), .longest = std::chrono::hours(1000)});
  for (size_t i = 0; i < Window::kMaxPeriods + 100; ++i) window.Add(Of(1, Span(1)));
  EXPECT_EQ(window.periods().size(), Window::kMaxPeriods);
}

TEST(WindowTest, JoinsPartsIntoWholePeriods) {
  Window window(Seconds(60));
  EXPECT_FALSE(window.Add(Of(1, Span(20))));
  EXPECT_FALSE(window.Add(Of(2, Span(480))));
  EXPECT_TRUE(window.Add(Of(3, Span(500))));
  EXPECT_FALSE(window.Add(Of(4, Span(20))));
  ASSERT_EQ(window.periods().size(), 2u);
  EXPECT_EQ(window.periods()[0].requests, 6u);
  EXPECT_EQ(window.Over(seconds(1)).sum.requests, 10u) << "what is not whole yet counts beside a whole second";
}

TEST(WindowTest, TakesATimerThatIsALittleEarly) {
  Window window(Seconds(60));
  EXPECT_TRUE(window.Add(Of(1, Span(950))));
}

TEST(WindowTest, CountsMemoryOnlyAfterTheWarmUpThatFollowsTheFirstRequest) {
  Window window(Seconds(60));
  Period idle{.length = seconds(1), .memory_mb = 50.0};
  for (int i = 0; i < 30; ++i) window.Add(idle);
  Period busy = idle;
  busy.requests = 1;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(window.Over(seconds(60)).memory_mb.empty()) << i;
    window.Add(busy);
  }
  window.Add(busy);
  EXPECT_EQ(window.Over(seconds(60)).memory_mb.size(), 2u);
  EXPECT_TRUE(window.Over(seconds(60)).gpu_memory_mb.empty());
}

TEST(WindowTest, GoesOnAfterItWasSaved) {
  Window window(Seconds(20));
  for (uint64_t i = 0; i < 30; ++i) window.Add({.length = Span(400), .requests = i, .memory_mb = 7.0});
  Window back = Window::Restore(Seconds(20), window.Save());
  for (int i = 0; i < 10; ++i) {
    const Period next = Of(5, Span(400));
    EXPECT_EQ(window.Add(next), back.Add(next));
  }
  EXPECT_EQ(window.Save(), back.Save());
  EXPECT_EQ(window.Over(seconds(20)).memory_mb.size(), back.Over(seconds(20)).memory_mb.size());
}

}  // namespace
}  // namespace huidu::health
