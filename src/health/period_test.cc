#include "health/period.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace huidu::health {
namespace {

TEST(PeriodTest, JudgesNeitherClientErrorsNorOverloads) {
  const Period period{.requests = 100, .server_errors = 3, .deadlines = 2, .overloads = 10, .client_errors = 40};
  EXPECT_EQ(period.judged(), 50u);
  EXPECT_EQ(period.failures(), 5u);
}

TEST(PeriodTest, AppendsCountersAndReplacesGauges) {
  Period a{.start = Time(std::chrono::seconds(5)), .length = Span(1000), .requests = 10, .memory_mb = 100.0};
  Period b{.start = Time(std::chrono::seconds(6)), .length = Span(500), .requests = 4, .server_errors = 1};
  b.latency.Record(5'000'000, 3);
  b.in_flight = 7;
  a.Append(b);
  EXPECT_EQ(a.start, Time(std::chrono::seconds(5)));
  EXPECT_EQ(a.length, Span(1500));
  EXPECT_EQ(a.requests, 14u);
  EXPECT_EQ(a.server_errors, 1u);
  EXPECT_EQ(a.latency.count(), 3u);
  EXPECT_EQ(a.memory_mb, 100.0);
  EXPECT_EQ(a.in_flight, 7u);
}

TEST(PeriodTest, NamesEachCounterOnce) {
  Period period;
  std::set<std::string_view> names;
  for (const PeriodCounter& field : kPeriodCounters) {
    period.*field.counter += 1;
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
  }
  for (const PeriodCounter& field : kPeriodCounters) EXPECT_EQ(period.*field.counter, 1u) << field.name;
}

TEST(PeriodTest, KnowsFiguresThatCannotBe) {
  EXPECT_TRUE(Period{}.Plausible());
  EXPECT_TRUE((Period{.requests = 5, .server_errors = 3, .deadlines = 2}.Plausible()));
  EXPECT_FALSE((Period{.requests = 5, .server_errors = 3, .deadlines = 3}.Plausible()));
  EXPECT_FALSE((Period{.requests = 5, .server_errors = 3, .client_errors = 3}.Plausible()));
  EXPECT_FALSE((Period{.requests = 5, .client_errors = 6}.Plausible()));
  EXPECT_FALSE((Period{.labelled = 1, .correct = 2}.Plausible()));
  EXPECT_FALSE((Period{.compared = 1, .agreed = 2}.Plausible()));
  EXPECT_FALSE((Period{.memory_mb = NAN}.Plausible()));
  EXPECT_FALSE((Period{.length = Span(-1)}.Plausible()));
}

}  // namespace
}  // namespace huidu::health
