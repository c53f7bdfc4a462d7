#include "bench/recorder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace huidu::bench {
namespace {

using std::chrono::milliseconds;

// A moment of an invented clock.
TimePoint At(int64_t ms) { return FromNanos(1'000'000'000 + ms * 1'000'000); }

TEST(RecorderTest, CountsTheWarmUpButDoesNotMeasureIt) {
  Recorder recorder({.seconds = 1.0, .warmup_seconds = 1.0});
  recorder.Start(At(0));
  recorder.Success("v1", At(0), At(500));  // would be the slowest
  recorder.Success("v1", At(1000), At(1002));
  recorder.Success("v1", At(1002), At(1004));
  EXPECT_FALSE(recorder.Done(At(1999)));
  EXPECT_TRUE(recorder.Done(At(2000)));
  recorder.Finish(At(2000));
  const nlohmann::json report = recorder.Report();
  EXPECT_EQ(report["requests"], 3);
  EXPECT_EQ(report["latency"]["count"], 2);
  EXPECT_DOUBLE_EQ(report["requests_per_second"], 2.0);
  EXPECT_LT(report["latency"]["max_ms"], 3.0);
}

TEST(RecorderTest, CountsWhatEndsAfterTheMeasuredTimeButNotInTheRate) {
  Recorder recorder({.seconds = 1.0});
  recorder.Start(At(0));
  recorder.Success("v1", At(0), At(10));
  recorder.Finish(At(1000));
  recorder.Failure("HTTP 503", At(990), At(1010));
  const nlohmann::json report = recorder.Report();
  EXPECT_EQ(report["requests"], 2);
  EXPECT_EQ(report["failed"], 1);
  EXPECT_EQ(report["failures"]["HTTP 503"], 1);
  EXPECT_DOUBLE_EQ(report["requests_per_second"], 1.0);
}

TEST(RecorderTest, EndsAfterTheWantedNumberOfMeasuredRequests) {
  Recorder recorder({.requests = 2, .warmup_seconds = 0.1});
  recorder.Start(At(0));
  recorder.Success("v1", At(0), At(10));
  recorder.Success("v1", At(100), At(110));
  EXPECT_FALSE(recorder.Done(At(1'000'000)));
  recorder.Failure("broken", At(110), At(120));
  EXPECT_TRUE(recorder.Done(At(120)));
}

TEST(RecorderTest, EndsWhenItIsToldToStop) {
  std::atomic<bool> stop = false;
  Recorder recorder({.seconds = 1000, .stop = &stop});
  recorder.Start(At(0));
  EXPECT_FALSE(recorder.Done(At(1)));
  stop = true;
  EXPECT_TRUE(recorder.Done(At(1)));
}

TEST(RecorderTest, TellsWhichVersionAnsweredAndWhenFirst) {
  Recorder recorder({});
  recorder.Start(At(0));
  recorder.Success("v1", At(0), At(1));
  recorder.Success("v2", At(1), At(2));
  recorder.Success("v1", At(2), At(3));
  recorder.Finish(At(3));
  const nlohmann::json versions = recorder.Report()["versions"];
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0]["version"], "v1");
  EXPECT_EQ(versions[0]["answers"], 2);
  EXPECT_EQ(versions[1]["first_answer_ns"], ToNanos(At(2)));
}

TEST(RecorderTest, WritesOneSampleForEachRequest) {
  const std::string path = (std::filesystem::path(testing::TempDir()) / "samples.bin").string();
  Recorder recorder({.samples_file = path});
  recorder.Start(At(0));
  recorder.Success("v1", At(0), At(1));
  recorder.Failure("broken", At(1), At(4));
  ASSERT_TRUE(recorder.WriteSamples().ok());
  std::ifstream file(path, std::ios::binary);
  Sample samples[3];
  file.read(reinterpret_cast<char*>(samples), sizeof(samples));
  ASSERT_EQ(file.gcount(), 2 * sizeof(Sample));
  EXPECT_EQ(samples[0].done_ns, static_cast<uint64_t>(ToNanos(At(1))));
  EXPECT_EQ(samples[0].version, 0);
  EXPECT_EQ(samples[1].latency_ns, 3'000'000u);
  EXPECT_EQ(samples[1].version, 65535);
}

TEST(RecorderTest, KeepsABoundedNumberOfReasons) {
  Recorder recorder({});
  recorder.Start(At(0));
  for (int i = 0; i < 100; ++i) recorder.Failure("reason " + std::to_string(i), At(0), At(1));
  recorder.Finish(At(1));
  EXPECT_LE(recorder.Report()["failures"].size(), 21u);
  EXPECT_EQ(recorder.Report()["failures"]["others"], 80);
}

}  // namespace
}  // namespace huidu::bench
