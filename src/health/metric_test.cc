#include "health/metric.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "gmock/gmock.h"

namespace huidu::health {
namespace {

using testing::HasSubstr;

TEST(MetricTest, FindsEachByItsName) {
  for (size_t i = 0; i < kMetrics.size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(kMetrics[i].metric), i) << kMetrics[i].name;
    const auto metric = ParseMetric(kMetrics[i].name);
    ASSERT_TRUE(metric.ok());
    EXPECT_EQ(*metric, kMetrics[i].metric);
  }
}

TEST(MetricTest, ListsTheNamesForAnUnknownOne) {
  const auto metric = ParseMetric("latency");
  ASSERT_FALSE(metric.ok());
  EXPECT_THAT(std::string(Text(metric.status())), HasSubstr("unknown metric 'latency'"));
  EXPECT_THAT(std::string(Text(metric.status())), HasSubstr("latency_p999_ms"));
}

TEST(MetricTest, HasNoFigureWithoutData) {
  for (const MetricInfo& info : kMetrics) {
    const bool always = info.metric == Metric::kRequests || info.metric == Metric::kWorkerDeaths;
    EXPECT_EQ(Evaluate(info.metric, Figures{}).has_value(), always) << info.name;
  }
}

TEST(MetricTest, MakesFiguresOfAWindow) {
  Figures figures;
  figures.sum = {.requests = 120,
                 .server_errors = 2,
                 .deadlines = 1,
                 .overloads = 10,
                 .client_errors = 10,
                 .labelled = 50,
                 .correct = 45,
                 .compared = 10,
                 .agreed = 9,
                 .scored = 4,
                 .score_sum = 10};
  figures.sum.latency.Record(10'000'000, 98);
  figures.sum.latency.Record(900'000'000, 2);
  EXPECT_DOUBLE_EQ(Evaluate(Metric::kErrorRate, figures)->value, 0.03);
  EXPECT_EQ(Evaluate(Metric::kErrorRate, figures)->samples, 100u);
  EXPECT_DOUBLE_EQ(Evaluate(Metric::kOverloadRate, figures)->value, 10.0 / 110);
  EXPECT_NEAR(Evaluate(Metric::kLatencyP50Ms, figures)->value, 10, 0.1);
  EXPECT_NEAR(Evaluate(Metric::kLatencyP99Ms, figures)->value, 900, 9);
  EXPECT_DOUBLE_EQ(Evaluate(Metric::kAccuracy, figures)->value, 0.9);
  EXPECT_DOUBLE_EQ(Evaluate(Metric::kShadowAgreement, figures)->value, 0.9);
  EXPECT_DOUBLE_EQ(Evaluate(Metric::kScore, figures)->value, 2.5);
  EXPECT_FALSE(Evaluate(Metric::kGoldenAccuracy, figures));
}

TEST(MetricTest, TakesGpuMemoryWhereItIsMeasuredElseHostMemory) {
  Figures figures;
  for (int i = 0; i < 30; ++i) {
    figures.memory_mb.push_back({std::chrono::seconds(i), 100.0 + i});
  }
  EXPECT_NEAR(Evaluate(Metric::kDeviceMemoryGrowth, figures)->value, 60, 1e-9);
  for (int i = 0; i < 30; ++i) figures.gpu_memory_mb.push_back({std::chrono::seconds(i), 100.0 + 2 * i});
  EXPECT_NEAR(Evaluate(Metric::kDeviceMemoryGrowth, figures)->value, 120, 1e-9);
  EXPECT_NEAR(Evaluate(Metric::kMemoryGrowth, figures)->value, 60, 1e-9);
}

TEST(MetricTest, CountsGoodAndBadEventsForSequentialTests) {
  Period period{.requests = 20, .server_errors = 3, .client_errors = 5, .labelled = 8, .correct = 6};
  period.latency.Record(1'000'000, 9);
  period.latency.Record(8'000'000, 3);
  const size_t threshold = LatencyHistogram::BucketOf(2'000'000);
  const auto errors = TrialsOf(Metric::kErrorRate, period, threshold);
  EXPECT_EQ(errors->count, 15u);
  EXPECT_EQ(errors->bad, 3u);
  EXPECT_EQ(TrialsOf(Metric::kAccuracy, period, threshold)->bad, 2u);
  EXPECT_EQ(TrialsOf(Metric::kLatencyP99Ms, period, threshold)->count, 12u);
  EXPECT_EQ(TrialsOf(Metric::kLatencyP99Ms, period, threshold)->bad, 3u);
  EXPECT_FALSE(HasTrials(Metric::kMemoryMb));
  EXPECT_TRUE(HasTrials(Metric::kGoldenAccuracy));
}

TEST(MetricTest, WritesFiguresWithTheirUnits) {
  EXPECT_EQ(FormatValue(Metric::kErrorRate, 0.0325), "3.25 %");
  EXPECT_EQ(FormatValue(Metric::kLatencyP99Ms, 512.34), "512.3 ms");
  EXPECT_EQ(FormatValue(Metric::kLatencyP99Ms, 12345.6), "12346 ms");
  EXPECT_EQ(FormatValue(Metric::kDeviceMemoryGrowth, 110), "110 MB/min");
  EXPECT_EQ(FormatValue(Metric::kWorkerDeaths, 2), "2");
}

}  // namespace
}  // namespace huidu::health
