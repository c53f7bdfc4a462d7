#include "front/metrics/metrics.h"

#include <gtest/gtest.h>

#include "gmock/gmock.h"

namespace huidu::front {
namespace {

using testing::HasSubstr;
using testing::Not;

std::shared_ptr<Servable> MakeServable() {
  return std::make_shared<Servable>("ocr", "v2", engine::Signature{}, nullptr);
}

void Count(Servable& servable, Outcome outcome, uint64_t times) {
  servable.stats().outcomes[static_cast<size_t>(outcome)] += times;
}

MetricsSnapshot OneVersion(std::shared_ptr<Servable> servable) {
  VersionInfo version;
  version.version = "v2";
  version.state = VersionState::kReady;
  version.live = true;
  version.traffic_share = 1;
  version.restarts = 3;
  version.workers = {{.pid = 7, .state = "ready", .resident_bytes = 1000},
                     {.pid = 8, .state = "ready", .resident_bytes = 500}};
  version.servable = std::move(servable);
  MetricsSnapshot snapshot;
  snapshot.server_version = "0.1.0";
  snapshot.models = {{.name = "ocr", .live = "v2", .versions = {version}}};
  snapshot.reload = {.generation = 4, .failures = 2};
  snapshot.audit_failures = 1;
  snapshot.process = {.resident_bytes = 4096, .open_fds = 12, .cpu_seconds = 1.5, .start_time_seconds = 1000};
  return snapshot;
}

TEST(MetricsTest, CountsRequestsByModelVersionAndResult) {
  const auto servable = MakeServable();
  Count(*servable, Outcome::kSuccess, 12);
  Count(*servable, Outcome::kDeadline, 1);
  servable->stats().inferences = 36;
  const std::string text = PrometheusText(OneVersion(servable));
  EXPECT_THAT(text, HasSubstr("# TYPE huidu_requests_total counter\n"));
  EXPECT_THAT(text, HasSubstr("huidu_requests_total{model=\"ocr\",model_version=\"v2\",result=\"" +
                              std::string(Name(Outcome::kSuccess)) + "\"} 12\n"));
  EXPECT_THAT(text, HasSubstr("huidu_requests_total{model=\"ocr\",model_version=\"v2\",result=\"" +
                              std::string(Name(Outcome::kDeadline)) + "\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("huidu_inferences_total{model=\"ocr\",model_version=\"v2\"} 36\n"));
  EXPECT_THAT(text, HasSubstr("huidu_batch_size{model=\"ocr\",model_version=\"v2\"} 3\n"));
}

TEST(MetricsTest, ShowsWhatMemoryDoesAsFarAsItIsKnown) {
  MetricsSnapshot snapshot = OneVersion(MakeServable());
  EXPECT_THAT(PrometheusText(snapshot), Not(HasSubstr("growth")));
  snapshot.memory[{"ocr", "v2"}] = {.growth_mb_per_min = 2.5, .gpu_bytes = 4096};
  const std::string text = PrometheusText(snapshot);
  EXPECT_THAT(text, HasSubstr("huidu_worker_memory_growth_mb_per_minute{model=\"ocr\",model_version=\"v2\"} 2.5\n"));
  EXPECT_THAT(text, HasSubstr("huidu_worker_gpu_bytes{model=\"ocr\",model_version=\"v2\"} 4096\n"));
  EXPECT_THAT(text, Not(HasSubstr("huidu_worker_gpu_memory_growth_mb_per_minute{")));
}

TEST(MetricsTest, TellsTheAccuracyOfVersionsThatWereJudged) {
  const auto servable = MakeServable();
  EXPECT_THAT(PrometheusText(OneVersion(servable)), Not(HasSubstr("huidu_accuracy")));
  for (const bool right : {true, false, true, true}) servable->health().AddFeedback(right);
  (void)servable->health().TakePeriod();  // a rollout takes its own figures; these stay
  const std::string text = PrometheusText(OneVersion(servable));
  const std::string of = "{model=\"ocr\",model_version=\"v2\",source=\"feedback\"";
  EXPECT_THAT(text, HasSubstr("huidu_accuracy" + of + "} 0.75\n"));
  EXPECT_THAT(text, HasSubstr("huidu_judged_answers_total" + of + ",result=\"right\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("huidu_judged_answers_total" + of + ",result=\"wrong\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("golden")));
}

TEST(MetricsTest, CountsRefusedFeedbackByWhy) {
  MetricsSnapshot snapshot = OneVersion(MakeServable());
  const auto feedback = std::make_shared<FeedbackCounters>();
  snapshot.models[0].feedback = feedback;
  EXPECT_THAT(PrometheusText(snapshot), Not(HasSubstr("huidu_feedback_refused_total{")));
  feedback->Count(FeedbackRefusal::kUnknown);
  feedback->Count(FeedbackRefusal::kUnknown);
  feedback->Count(FeedbackRefusal::kTooLarge);
  const std::string text = PrometheusText(snapshot);
  EXPECT_THAT(text, HasSubstr("huidu_feedback_refused_total{model=\"ocr\",reason=\"unknown\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("huidu_feedback_refused_total{model=\"ocr\",reason=\"too_large\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("repeated")));
}

TEST(MetricsTest, WritesHistogramsWithCumulativeBuckets) {
  const auto servable = MakeServable();
  servable->stats().total.Add(200'000);         // 0.2 ms
  servable->stats().total.Add(3'000'000);       // 3 ms
  servable->stats().total.Add(60'000'000'000);  // a minute: above every bound
  const std::string text = PrometheusText(OneVersion(servable));
  const std::string labels = "{model=\"ocr\",model_version=\"v2\",le=";
  EXPECT_THAT(text, HasSubstr("huidu_request_duration_seconds_bucket" + labels + "\"0.0001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("huidu_request_duration_seconds_bucket" + labels + "\"0.00025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("huidu_request_duration_seconds_bucket" + labels + "\"0.005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("huidu_request_duration_seconds_bucket" + labels + "\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("huidu_request_duration_seconds_bucket" + labels + "\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("huidu_request_duration_seconds_count{model=\"ocr\",model_version=\"v2\"} 3\n"));
}

TEST(MetricsTest, CountsTheRequestsThatWereKeptAndThoseThatWereNot) {
  MetricsSnapshot snapshot = OneVersion(MakeServable());
  EXPECT_THAT(PrometheusText(snapshot), Not(HasSubstr("samples")));
  snapshot.samples.captured[{"ocr", "v2", samples::Reason::kLowConfidence}] = 3;
  snapshot.samples.dropped[{"ocr", std::string(samples::kDroppedRate)}] = 2;
  snapshot.samples.bytes["ocr"] = 1000;
  const std::string text = PrometheusText(snapshot);
  EXPECT_THAT(
      text,
      HasSubstr("huidu_captured_samples_total{model=\"ocr\",model_version=\"v2\",reason=\"LOW_CONFIDENCE\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("huidu_dropped_samples_total{model=\"ocr\",why=\"rate\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("huidu_samples_bytes{model=\"ocr\"} 1000\n"));
}

TEST(MetricsTest, ShowsVersionsWorkersAndTheServer) {
  const std::string text = PrometheusText(OneVersion(MakeServable()));
  const std::string labels = "{model=\"ocr\",model_version=\"v2\"} ";
  EXPECT_THAT(text, HasSubstr("huidu_traffic_weight" + labels + "1\n"));
  EXPECT_THAT(text, HasSubstr("huidu_worker_up" + labels + "0\n"));  // no channel is open
  EXPECT_THAT(text, HasSubstr("huidu_worker_restarts_total" + labels + "3\n"));
  EXPECT_THAT(text, HasSubstr("huidu_worker_resident_bytes" + labels + "1500\n"));
  EXPECT_THAT(text, HasSubstr("huidu_version_state{model=\"ocr\",model_version=\"v2\",state=\"READY\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("huidu_version_state{model=\"ocr\",model_version=\"v2\",state=\"FAILED\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("huidu_config_generation 4\n"));
  EXPECT_THAT(text, HasSubstr("huidu_config_reload_failures_total 2\n"));
  EXPECT_THAT(text, HasSubstr("huidu_audit_failures_total 1\n"));
  EXPECT_THAT(text, HasSubstr("huidu_build_info{version=\"0.1.0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("process_open_fds 12\n"));
}

TEST(MetricsTest, LeavesOutTheDataPathOfAVersionThatNeverLoaded) {
  const std::string text = PrometheusText(OneVersion(nullptr));
  EXPECT_THAT(text, Not(HasSubstr("huidu_requests_total")));
  EXPECT_THAT(text, HasSubstr("huidu_version_state"));
}

TEST(MetricsTest, ShowsWhatCameOfCopiesOfRequestsOnceThereAreSome) {
  const auto servable = MakeServable();
  EXPECT_THAT(PrometheusText(OneVersion(servable)), Not(HasSubstr("huidu_shadow")));
  servable->stats().shadow_sent = 9;
  servable->stats().shadow_dropped = 4;
  servable->stats().shadow_agreed = 7;
  servable->stats().shadow_differed = 2;
  const std::string text = PrometheusText(OneVersion(servable));
  const std::string of = R"({model="ocr",model_version="v2",result=)";
  EXPECT_THAT(text, HasSubstr("huidu_shadow_copies_total" + of + "\"sent\"} 9"));
  EXPECT_THAT(text, HasSubstr("huidu_shadow_copies_total" + of + "\"dropped\"} 4"));
  EXPECT_THAT(text, HasSubstr("huidu_shadow_comparisons_total" + of + "\"agreed\"} 7"));
  EXPECT_THAT(text, HasSubstr("huidu_shadow_comparisons_total" + of + "\"differed\"} 2"));
}

TEST(MetricsTest, ShowsWhoAnsweredHedgedRequestsOnceThereAreSome) {
  const auto servable = MakeServable();
  EXPECT_THAT(PrometheusText(OneVersion(servable)), Not(HasSubstr("huidu_hedged")));
  servable->stats().hedged_won = 3;
  servable->stats().hedged_lost = 2;
  servable->stats().hedged_failed = 1;
  const std::string text = PrometheusText(OneVersion(servable));
  const std::string of = R"(huidu_hedged_requests_total{model="ocr",model_version="v2",answered_by=)";
  EXPECT_THAT(text, HasSubstr(of + "\"itself\"} 3"));
  EXPECT_THAT(text, HasSubstr(of + "\"stable\"} 2"));
  EXPECT_THAT(text, HasSubstr(of + "\"nobody\"} 1"));
}

TEST(MetricsTest, EscapesWhatANameMayHold) {
  MetricsSnapshot snapshot = OneVersion(nullptr);
  snapshot.models[0].name = "a\"b\\c\nd";
  EXPECT_THAT(PrometheusText(snapshot), HasSubstr(R"(model="a\"b\\c\nd")"));
}

TEST(QuantileTest, InterpolatesInsideTheBucket) {
  DurationHistogram histogram;
  EXPECT_EQ(QuantileSeconds(histogram, 0.99), 0);
  for (int i = 0; i < 100; ++i) histogram.Add(2'000'000);  // all in the bucket from 1 to 2.5 ms
  EXPECT_NEAR(QuantileSeconds(histogram, 0.5), 0.00175, 1e-9);
  EXPECT_NEAR(QuantileSeconds(histogram, 1.0), 0.0025, 1e-9);
  for (int i = 0; i < 900; ++i) histogram.Add(20'000'000'000);
  EXPECT_EQ(QuantileSeconds(histogram, 0.99), 10.0);
}

TEST(MetricsTest, ShowsWhatTheRulesOfARolloutSee) {
  MetricsSnapshot snapshot;
  snapshot.rollouts = {{.model = "ocr",
                        .stable = "v1",
                        .candidate = "v2",
                        .active = true,
                        .stage = 2,
                        .rules = {{"error_rate", 0.25, 0.0}, {"accuracy", std::nullopt, 0.9}},
                        .rollbacks = {{"error_rate", 3}, {"manual", 1}}}};
  const std::string text = PrometheusText(snapshot);
  EXPECT_THAT(text, HasSubstr("huidu_rollout_active{model=\"ocr\",model_version=\"v2\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("huidu_rollout_stage{model=\"ocr\",model_version=\"v2\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("huidu_rollbacks_total{model=\"ocr\",reason=\"error_rate\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("huidu_rollout_figure{model=\"ocr\",model_version=\"v2\",rule=\"error_rate\"} 0.25\n"));
  EXPECT_THAT(text, HasSubstr("model_version=\"v1\",rule=\"accuracy\"} 0.9"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("model_version=\"v2\",rule=\"accuracy\"")));
}

}  // namespace
}  // namespace huidu::front
