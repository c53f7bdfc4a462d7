#include "check/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace huidu::check {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

// Ten invoices and ten contracts; `right` of each version's invoices are right, and all contracts.
class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() {
    for (size_t i = 0; i < 20; ++i) {
      Sample sample;
      sample.category = i < 10 ? "invoice" : "contract";
      sample.expected = "x";
      dataset_.samples.push_back(sample);
    }
    result_.baseline.emplace();
    result_.candidate.memory_growth.emplace();
  }

  void Answer(size_t candidate_right, size_t baseline_right) {
    for (size_t i = 0; i < 20; ++i) {
      SampleResult sample{.sample = i};
      sample.candidate_score = i >= 10 || i < candidate_right;
      sample.baseline_score = i >= 10 || i < baseline_right;
      sample.agreement = *sample.candidate_score == *sample.baseline_score;
      result_.samples.push_back(sample);
    }
  }

  // The rules that did not pass, as "rule" or "rule of about".
  std::vector<std::string> Faults() {
    Summarize(dataset_, result_);
    result_.verdicts = Judge(result_);
    std::vector<std::string> faults;
    for (const Verdict& verdict : result_.verdicts) {
      if (verdict.state == State::kPassed) continue;
      faults.push_back(verdict.rule + (verdict.about.empty() ? "" : " of " + verdict.about) +
                       (verdict.state == State::kNoData ? ": no data" : ""));
    }
    return faults;
  }

  static LoadResult Load(double ms, double seconds) {
    LoadResult load{.requests = 100, .seconds = seconds};
    load.latency.Record(static_cast<uint64_t>(ms * 1e6), 100);
    return load;
  }

  Dataset dataset_;
  CheckResult result_;
};

TEST_F(JudgeTest, TheSameAccuracyPasses) {
  Answer(9, 9);
  EXPECT_THAT(Faults(), ElementsAre());
  EXPECT_TRUE(result_.Passed());
  EXPECT_DOUBLE_EQ(result_.candidate.accuracy->value, 0.95);
  EXPECT_DOUBLE_EQ(result_.candidate.accuracy_by_category.at("invoice").value, 0.9);
}

TEST_F(JudgeTest, ALowerAccuracyFails) {
  Answer(8, 9);
  EXPECT_THAT(Faults(), ElementsAre("accuracy_drop"));
  EXPECT_DOUBLE_EQ(result_.accuracy_difference->value, -0.05);
  EXPECT_DOUBLE_EQ(result_.agreement->value, 0.95);
}

TEST_F(JudgeTest, ACategoryIsJudgedByItself) {
  result_.limits.max_accuracy_drop = 0.05;
  result_.limits.categories = {{"invoice", std::nullopt, 0.05}, {"contract", 1.0, 0.0}};
  Answer(8, 9);
  EXPECT_THAT(Faults(), ElementsAre("accuracy_drop of invoice"));
}

TEST_F(JudgeTest, ALimitWithoutAFigureNeverPasses) {
  Answer(10, 10);
  result_.limits.min_samples = 21;
  result_.limits.min_accuracy = 0.5;
  result_.limits.categories = {{"receipt", 0.5, 0.1}};
  EXPECT_THAT(Faults(),
              ElementsAre("accuracy: no data", "accuracy of receipt: no data", "accuracy_drop of receipt: no data"));
  EXPECT_FALSE(result_.Passed());
}

TEST_F(JudgeTest, WhatTheCandidateAloneFailsAtCounts) {
  Answer(10, 10);
  result_.samples[3].candidate_failed = result_.samples[3].baseline_failed = true;
  EXPECT_THAT(Faults(), Not(Contains("failed")));
  result_.samples[4].candidate_failed = true;
  EXPECT_THAT(Faults(), Contains("failed"));
}

TEST_F(JudgeTest, ACrashOrAFailureUnderLoadFails) {
  Answer(10, 10);
  result_.candidate.loads = result_.baseline->loads = {Load(1, 0.5)};
  EXPECT_THAT(Faults(), ElementsAre());
  result_.candidate.loads[0].failed = 1;
  EXPECT_THAT(Faults(), ElementsAre("failed_under_load"));
  result_.candidate.crashed = true;
  EXPECT_THAT(Faults(), ElementsAre("crashed", "failed_under_load"));
}

TEST_F(JudgeTest, ASlowerOrLeakingCandidateFails) {
  Answer(10, 10);
  result_.candidate.loads = {Load(2, 1)};
  result_.baseline->loads = {Load(1, 0.5)};
  EXPECT_THAT(Faults(), ElementsAre("p99_ratio of 1 caller", "qps_ratio of 1 caller"));
  result_.candidate.loads = {Load(1.1, 0.5)};
  EXPECT_THAT(Faults(), ElementsAre());
  result_.candidate.memory_growth = health::Slope{.per_minute = 20, .low = 6, .high = 30};
  EXPECT_THAT(Faults(), ElementsAre("memory_growth"));
  result_.candidate.memory_growth->low = 1;  // it may be noise
  EXPECT_THAT(Faults(), ElementsAre());
}

TEST_F(JudgeTest, MemoryThatWasNotMeasuredIsNoData) {
  Answer(10, 10);
  result_.candidate.memory_growth.reset();
  EXPECT_THAT(Faults(), ElementsAre("memory_growth: no data"));
  EXPECT_FALSE(result_.Passed());
}

TEST_F(JudgeTest, ABaselineThatCrashesIsNothingToCompareWith) {
  Answer(10, 10);
  for (SampleResult& sample : result_.samples) sample.candidate_failed = sample.baseline_failed = true;
  result_.baseline->crashed = true;
  EXPECT_THAT(Faults(), ElementsAre("baseline: no data"));
  result_.candidate.loads = result_.baseline->loads = {{.callers = 1}};
  EXPECT_THAT(Faults(),
              ElementsAre("baseline: no data", "p99_ratio of 1 caller: no data", "qps_ratio of 1 caller: no data"));
}

TEST_F(JudgeTest, WithoutLabelsAndBaselineNothingWasCompared) {
  for (size_t i = 0; i < 20; ++i) result_.samples.push_back({.sample = i});
  result_.baseline.reset();
  EXPECT_THAT(Faults(), ElementsAre("comparison: no data"));
  EXPECT_FALSE(result_.Passed());
  EXPECT_EQ(result_.verdicts.size(), 4u);  // failed, crashed, comparison, memory_growth
  EXPECT_FALSE(result_.candidate.accuracy.has_value());
}

TEST_F(JudgeTest, LabelsWithNothingToHoldTheAccuracyToAreNotEnough) {
  Answer(2, 10);
  result_.baseline.reset();
  for (SampleResult& sample : result_.samples) sample.baseline_score.reset();
  EXPECT_THAT(Faults(), ElementsAre("comparison: no data"));
  result_.limits.min_accuracy = 0.9;
  EXPECT_THAT(Faults(), ElementsAre("accuracy"));
  result_.limits.min_accuracy = 0.5;
  EXPECT_THAT(Faults(), ElementsAre());
}

TEST_F(JudgeTest, ABaselineWithNothingToHoldTheAgreementToIsNotEnough) {
  for (size_t i = 0; i < 20; ++i) result_.samples.push_back({.sample = i, .agreement = 0.1});
  EXPECT_THAT(Faults(), ElementsAre("comparison: no data"));
  result_.limits.min_agreement = 0.9;
  EXPECT_THAT(Faults(), ElementsAre("agreement"));
}

TEST_F(JudgeTest, FewerLabelsThanWantedAreNotEnough) {
  Answer(10, 10);
  result_.limits.min_samples = 21;
  EXPECT_THAT(Faults(), ElementsAre("comparison: no data"));
}

}  // namespace
}  // namespace huidu::check
