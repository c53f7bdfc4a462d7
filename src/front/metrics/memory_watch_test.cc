#include "front/metrics/memory_watch.h"

#include <gtest/gtest.h>

namespace huidu::front {
namespace {

class MemoryWatchTest : public testing::Test {
 protected:
  // A look each 15 s, as Prometheus has it; the workers' memory grows by so much each time.
  MemoryWatch::Figures Look(int times, double growth_mb, double gpu_growth_mb = 0) {
    MemoryWatch::All all;
    for (int i = 0; i < times; ++i) {
      now_ += std::chrono::seconds(15);
      heap_ += static_cast<uint64_t>(growth_mb * 1e6);
      gpu_ += static_cast<uint64_t>(gpu_growth_mb * 1e6);
      all = watch_.Look(models_, now_);
    }
    return all[{"ocr", "v2"}];
  }

  uint64_t heap_ = 100'000'000;
  uint64_t gpu_ = 0;
  TimePoint now_;
  std::vector<ModelInfo> models_ = {
      {.name = "ocr", .versions = {{.version = "v2", .workers = {{.pid = 7}, {.pid = 8}}}}}};
  // Half in each of two workers.
  MemoryWatch watch_{{[this](int) -> std::optional<uint64_t> { return heap_ / 2; },
                      [this]() -> std::optional<GpuMemory::Reading> {
                        if (gpu_ == 0) return std::nullopt;
                        return GpuMemory::Reading{{7, gpu_ / 2}, {8, gpu_ / 2}};
                      }}};
};

TEST_F(MemoryWatchTest, AVersionsGrowthIsThatOfAllItsWorkers) {
  const MemoryWatch::Figures figures = Look(20, 2, 4);
  ASSERT_TRUE(figures.growth_mb_per_min.has_value());
  EXPECT_NEAR(*figures.growth_mb_per_min, 8, 0.01);
  EXPECT_NEAR(*figures.gpu_growth_mb_per_min, 16, 0.01);
  EXPECT_EQ(figures.gpu_bytes, 80'000'000u);
}

TEST_F(MemoryWatchTest, MemoryThatStaysIsNoGrowth) { EXPECT_NEAR(*Look(20, 0).growth_mb_per_min, 0, 1e-9); }

TEST_F(MemoryWatchTest, WithoutAGpuThereIsNoFigureOfIt) {
  const MemoryWatch::Figures figures = Look(20, 1);
  EXPECT_FALSE(figures.gpu_bytes.has_value());
  EXPECT_FALSE(figures.gpu_growth_mb_per_min.has_value());
}

TEST_F(MemoryWatchTest, AFewLooksSayNothing) { EXPECT_FALSE(Look(7, 1).growth_mb_per_min.has_value()); }

TEST_F(MemoryWatchTest, ManyLooksAtOnceAreOneSample) {
  for (int i = 0; i < 100; ++i) {
    now_ += std::chrono::milliseconds(40);
    (void)watch_.Look(models_, now_);
  }
  EXPECT_FALSE(watch_.Look(models_, now_).begin()->second.growth_mb_per_min.has_value());
}

TEST_F(MemoryWatchTest, AnotherWorkerBeginsAnew) {
  ASSERT_TRUE(Look(20, 1).growth_mb_per_min.has_value());
  models_[0].versions[0].workers[1].pid = 9;
  EXPECT_FALSE(Look(7, 1).growth_mb_per_min.has_value());
  EXPECT_TRUE(Look(20, 1).growth_mb_per_min.has_value());
}

TEST_F(MemoryWatchTest, OldSamplesAreForgotten) {
  (void)Look(100, 5);
  EXPECT_NEAR(*Look(60, 0).growth_mb_per_min, 0, 1e-9);
}

TEST_F(MemoryWatchTest, WhatIsUnloadedIsForgotten) {
  (void)Look(20, 1);
  const std::vector<ModelInfo> models = std::exchange(models_, {});
  EXPECT_TRUE(watch_.Look(models_, now_).empty());
  models_ = models;
  EXPECT_FALSE(Look(1, 1).growth_mb_per_min.has_value());
}

}  // namespace
}  // namespace huidu::front
