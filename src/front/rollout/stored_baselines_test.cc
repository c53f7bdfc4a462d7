#include "front/rollout/stored_baselines.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using health::Metric;
using health::Period;
using health::Time;
using std::chrono::hours;

constexpr Time kStart{std::chrono::hours(500'000)};

Period Labels(uint64_t labelled, uint64_t correct) {
  Period period{.requests = 1000, .server_errors = 10, .labelled = labelled, .correct = correct};
  period.latency.Record(20'000'000, 990);
  period.memory_mb = 500;
  return period;
}

class StoredBaselinesTest : public ::testing::Test {
 protected:
  StoredBaselinesTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_baselines_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    store_ = std::make_unique<state::Store>(folder_ + "/state.db");
  }
  ~StoredBaselinesTest() override { std::filesystem::remove_all(folder_); }

  // As the next process sees it, however this one ended.
  rollout::Baselines AfterRestart(const std::string& model, const std::string& hash, Time now) const {
    state::Store store(folder_ + "/state.db");
    StoredBaselines next(store);
    next.Restore(now);
    return next.Of(model, hash, now);
  }

  std::string folder_;
  std::unique_ptr<state::Store> store_;
};

TEST_F(StoredBaselinesTest, TheNextProcessHasThem) {
  StoredBaselines baselines(*store_);
  baselines.Add("group/ocr", "ab12", Labels(200, 190), kStart);
  EXPECT_TRUE(AfterRestart("group/ocr", "ab12", kStart).empty()) << "not saved yet";
  baselines.Save();
  const rollout::Baselines kept = AfterRestart("group/ocr", "ab12", kStart + hours(1));
  EXPECT_EQ(kept, baselines.Of("group/ocr", "ab12", kStart));
  EXPECT_NEAR(kept.at(Metric::kAccuracy).value, 0.95, 1e-9);
  EXPECT_EQ(kept.at(Metric::kAccuracy).samples, 200);
  EXPECT_NEAR(kept.at(Metric::kErrorRate).value, 0.01, 1e-9);
  EXPECT_NEAR(kept.at(Metric::kLatencyP99Ms).value, 20, 0.2);
}

TEST_F(StoredBaselinesTest, HoldsWhatSaysHowGoodAnswersAreAndWhatHasEnoughSamples) {
  StoredBaselines baselines(*store_);
  baselines.Add("ocr", "ab12", Labels(StoredBaselines::kMinSamples - 1, 50), kStart);
  const rollout::Baselines found = baselines.Of("ocr", "ab12", kStart);
  EXPECT_FALSE(found.contains(Metric::kAccuracy));
  EXPECT_FALSE(found.contains(Metric::kMemoryMb));
  EXPECT_FALSE(found.contains(Metric::kRequests));
  EXPECT_TRUE(found.contains(Metric::kErrorRate));
  EXPECT_TRUE(baselines.Of("ocr", "other files", kStart).empty());
  EXPECT_TRUE(baselines.Of("other model", "ab12", kStart).empty());
}

TEST_F(StoredBaselinesTest, NewFiguresReplaceOldOnes) {
  StoredBaselines baselines(*store_);
  for (int hour = 0; hour < 24; ++hour) baselines.Add("ocr", "ab12", Labels(100, 100), kStart + hours(hour));
  baselines.Add("ocr", "ab12", Labels(2400, 1200), kStart + hours(25));
  EXPECT_NEAR(baselines.Of("ocr", "ab12", kStart + hours(25)).at(Metric::kAccuracy).value, 0.75, 1e-9);
  baselines.Add("ocr", "ab12", Labels(2400, 1200), kStart + hours(50));
  EXPECT_NEAR(baselines.Of("ocr", "ab12", kStart + hours(50)).at(Metric::kAccuracy).value, 0.5, 1e-9);
}

TEST_F(StoredBaselinesTest, ForgetsWhatIsTooOld) {
  StoredBaselines baselines(*store_);
  baselines.Add("ocr", "ab12", Labels(200, 190), kStart);
  baselines.Save();
  EXPECT_FALSE(baselines.Of("ocr", "ab12", kStart + StoredBaselines::kOldest).empty());
  const Time late = kStart + StoredBaselines::kOldest + hours(1);
  EXPECT_TRUE(baselines.Of("ocr", "ab12", late).empty());
  EXPECT_TRUE(baselines.Describe("ocr", "ab12", late).is_null());
  EXPECT_TRUE(AfterRestart("ocr", "ab12", late).empty());
  EXPECT_TRUE(store_->List("baseline/")->empty());
}

TEST_F(StoredBaselinesTest, KeepsABoundedNumberOfContents) {
  StoredBaselines baselines(*store_);
  for (size_t i = 0; i < StoredBaselines::kMaxContents + 5; ++i) {
    baselines.Add("ocr", StrCat("hash", i), Labels(200, 190), kStart + std::chrono::minutes(i));
    baselines.Save();
  }
  EXPECT_EQ(store_->List("baseline/")->size(), StoredBaselines::kMaxContents);
  EXPECT_TRUE(baselines.Of("ocr", "hash0", kStart).empty());
  EXPECT_FALSE(baselines.Of("ocr", StrCat("hash", StoredBaselines::kMaxContents), kStart).empty());
}

TEST_F(StoredBaselinesTest, WhatCannotBeReadBeginsAnew) {
  StoredBaselines(*store_).Save();
  for (const char* text : {"", "{}", "[1]", R"({"older_end": 1, "newer_end": "x"})",
                           R"({"older_end": 1, "newer_end": 1, "older": {}, "newer": 7})"}) {
    ASSERT_TRUE(store_->Put("baseline/ocr/ab12", text).ok());
    EXPECT_TRUE(AfterRestart("ocr", "ab12", kStart).empty()) << text;
  }
}

TEST_F(StoredBaselinesTest, TellsFromWhenItIs) {
  StoredBaselines baselines(*store_);
  baselines.Add("ocr", "ab12", Labels(200, 190), kStart);
  baselines.Add("ocr", "ab12", Labels(200, 190), kStart + hours(2));
  const nlohmann::json told = baselines.Describe("ocr", "ab12", kStart + hours(3));
  EXPECT_EQ(told["from"], UtcTimestamp(kStart));
  EXPECT_EQ(told["to"], UtcTimestamp(kStart + hours(2)));
  EXPECT_EQ(told["figures"]["accuracy"]["samples"], 400);
}

}  // namespace
}  // namespace huidu::front
