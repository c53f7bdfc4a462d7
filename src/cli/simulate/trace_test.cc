#include "cli/simulate/trace.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Refused(std::string_view text) {
  const auto trace = ParseTrace(text, "t.csv");
  EXPECT_FALSE(trace.ok()) << text;
  return trace.ok() ? "" : std::string(Text(trace.status()));
}

TEST(TraceTest, PutsBothVersionsIntoOneRow) {
  const auto trace = ParseTrace(
      "version,seconds,requests,errors,p50_ms,p99_ms,memory_mb,labelled,correct,worker_deaths\r\n"
      "stable,5,1000,10,20,80,512.5,100,90,\r\n"
      "candidate,5,50,1,25,90,,,,1\r\n"
      "\r\n"
      "candidate,10.5,60,0,25,90,600,,,\r\n",
      "t.csv");
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ(trace->rows.size(), 2u);
  const TraceRow& first = trace->rows[0];
  EXPECT_EQ(first.stable.requests, 1000u);
  EXPECT_EQ(first.stable.server_errors, 10u);
  EXPECT_EQ(first.stable.memory_mb, 512.5);
  EXPECT_EQ(first.stable.correct, 90u);
  EXPECT_EQ(first.stable.latency.count(), 990u);
  EXPECT_EQ(first.candidate.worker_deaths, 1u);
  EXPECT_FALSE(first.candidate.memory_mb);
  EXPECT_EQ(trace->rows[1].seconds, 10.5);
  EXPECT_EQ(trace->rows[1].stable, health::Period{});
  EXPECT_EQ(trace->step, health::Span(5500));
}

TEST(TraceTest, TakesAFileWithTimeAndVersionAlone) {
  const auto trace = ParseTrace("seconds,version\n1,stable", "t.csv");
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->rows.size(), 1u);
}

TEST(TraceTest, SaysWhereTheHeaderIsWrong) {
  EXPECT_THAT(Refused(""), HasSubstr("the file is empty"));
  EXPECT_THAT(Refused("seconds,version,speed\n"), StartsWith("t.csv:1:17: unknown column 'speed': expected one of"));
  EXPECT_THAT(Refused("seconds,version,\n"), StartsWith("t.csv:1:17: unknown column ''"));
  EXPECT_THAT(Refused("seconds,requests\n1,2\n"), HasSubstr("no column 'version'"));
  EXPECT_THAT(Refused("version\nstable\n"), HasSubstr("no column 'seconds'"));
  EXPECT_THAT(Refused("seconds,version,version\n"), HasSubstr("'version' twice"));
  EXPECT_THAT(Refused("seconds,version\n"), HasSubstr("no rows"));
}

TEST(TraceTest, SaysWhereARowIsWrong) {
  const std::string header = "seconds,version,requests,errors,p50_ms,p99_ms\n1,stable,5,0,1,2\n";
  const auto with = [&](std::string_view row) { return Refused(StrCat(header, row)); };
  EXPECT_EQ(with("2,canary,5,0,1,2"), "t.csv:3:3: version 'canary': expected stable or candidate");
  EXPECT_EQ(with("2,stable,5.5,0,1,2"), "t.csv:3:10: '5.5' is no whole number of 0 or more");
  EXPECT_EQ(with("2,stable,5,-1,1,2"), "t.csv:3:12: '-1' is no whole number of 0 or more");
  EXPECT_EQ(with("2,stable,5,0,fast,2"), "t.csv:3:14: 'fast' is no number of 0 or more");
  EXPECT_EQ(with("2,stable,5,0,nan,2"), "t.csv:3:14: 'nan' is no number of 0 or more");
  EXPECT_EQ(with(",stable,5,0,1,2"), "t.csv:3:1: no time in column 'seconds'");
  EXPECT_EQ(with("2,stable,5,0,1"), "t.csv:3:14: 5 fields; the header has 6");
  EXPECT_EQ(with("2,stable,5,0,1,2,3"), "t.csv:3:18: more fields than the header's 6");
  EXPECT_THAT(with("2,stable,5,6,1,2"), HasSubstr("t.csv:3:1: the counters do not fit"));
  EXPECT_THAT(with("2,stable,5,0,3,2"), HasSubstr("fall from quantile to quantile"));
  EXPECT_THAT(with("0.5,stable,5,0,1,2"), HasSubstr("sort the rows by time"));
  EXPECT_THAT(with("1,stable,5,0,1,2"), HasSubstr("a second row of stable at 1 s"));
}

TEST(TraceTest, MakesAHistogramWithTheGivenQuantiles) {
  for (const uint64_t requests : {7u, 100u, 399u, 12'345u, 10'000'000u}) {
    const auto histogram = HistogramOf(requests, {{0.5, 20}, {0.9, 50}, {0.99, 200}});
    EXPECT_EQ(histogram.count(), requests);
    EXPECT_LE(histogram.QuantileNs(1) / 1e6, 202);
    if (requests < 1000) continue;
    EXPECT_NEAR(histogram.QuantileNs(0.5) / 1e6, 20, 1);
    EXPECT_NEAR(histogram.QuantileNs(0.9) / 1e6, 50, 3);
    EXPECT_NEAR(histogram.QuantileNs(0.99) / 1e6, 200, 8);
  }
  EXPECT_EQ(HistogramOf(10, {}).count(), 0u);
  EXPECT_EQ(HistogramOf(0, {{0.5, 20}}).count(), 0u);
}

TEST(TraceTest, SurvivesZeroAndHugeLatencies) {
  const auto histogram = HistogramOf(100, {{0.5, 0}, {0.99, 1e15}});
  EXPECT_EQ(histogram.count(), 100u);
}

}  // namespace
}  // namespace huidu::cli
