#include "front/supervisor/gpu_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace huidu::front {
namespace {

using ::testing::HasSubstr;

// With the stand-in for NVML, whose figures the test writes.
class GpuMemoryTest : public ::testing::Test {
 protected:
  GpuMemoryTest() : figures_(::testing::TempDir() + "/nvml_figures_" + std::to_string(getpid())) {
    setenv(GpuMemory::kLibraryVariable, HUIDU_NVML_STAND_IN, 1);
    setenv("HUIDU_NVML_FIGURES", figures_.c_str(), 1);
  }
  ~GpuMemoryTest() override {
    for (const char* variable : {GpuMemory::kLibraryVariable, "HUIDU_NVML_FIGURES", "HUIDU_NVML_NO_DRIVER"}) {
      unsetenv(variable);
    }
    unlink(figures_.c_str());
  }
  void Write(const std::string& figures) { std::ofstream(figures_) << figures; }

  // What the log says while a GpuMemory is made that does not work.
  static std::string Refusal() {
    ::testing::internal::CaptureStderr();
    GpuMemory memory;
    EXPECT_FALSE(memory.available());
    EXPECT_FALSE(memory.Read().has_value());
    EXPECT_FALSE(memory.Read().has_value());
    return ::testing::internal::GetCapturedStderr();
  }

 private:
  const std::string figures_;
};

TEST_F(GpuMemoryTest, AddsUpTheDevicesForEachProcess) {
  Write("0 1000001 300\n0 1000002 5000000000\n1 1000001 44\n");
  GpuMemory memory;
  ASSERT_TRUE(memory.available());
  auto reading = memory.Read();
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(BytesOf(*reading, 1000001), 344u);
  EXPECT_EQ(BytesOf(*reading, 1000002), 5000000000u);
  EXPECT_EQ(BytesOf(*reading, 1000003), 0u);
  Write("0 1000001 301\n");
  reading = memory.Read();
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(BytesOf(*reading, 1000001), 301u);
}

TEST_F(GpuMemoryTest, FindsAnyNumberOfProcesses) {
  std::string figures;
  for (int pid = 1000000; pid < 1001000; ++pid) figures += "1 " + std::to_string(pid) + " 7\n";
  Write(figures);
  const auto reading = GpuMemory().Read();
  ASSERT_TRUE(reading.has_value());
  EXPECT_GE(reading->size(), 1000u);
  EXPECT_EQ(BytesOf(*reading, 1000999), 7u);
}

TEST_F(GpuMemoryTest, LeavesOutProcessesWhoseMemoryIsNotCounted) {
  Write("0 1000001 18446744073709551615\n");
  const auto reading = GpuMemory().Read();
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(reading->count(1000001), 0u);
}

TEST_F(GpuMemoryTest, GivesNoSumWhenADeviceDoesNotAnswer) {
  Write("0 1000001 300\nfail 1\n");
  GpuMemory memory;
  EXPECT_FALSE(memory.Read().has_value());
  Write("0 1000001 300\n");
  EXPECT_TRUE(memory.Read().has_value());
}

TEST_F(GpuMemoryTest, TheStandInCountsWhatTheFaultWrapperClaims) {
  const int claim = memfd_create("huidu-fault-gpu", 0);
  ASSERT_EQ(ftruncate(claim, 123), 0);
  const auto reading = GpuMemory().Read();
  close(claim);
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(BytesOf(*reading, getpid()), 123u);
}

TEST_F(GpuMemoryTest, WithoutALibraryThereAreNoFiguresAndItIsSaidOnce) {
  setenv(GpuMemory::kLibraryVariable, "/nowhere/libnvidia-ml.so.1", 1);
  const std::string said = Refusal();
  EXPECT_THAT(said, HasSubstr("\"level\":\"INFO\",\"msg\":\"GPU memory is not measured\""));
  EXPECT_THAT(said, HasSubstr("/nowhere/libnvidia-ml.so.1"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
}

TEST_F(GpuMemoryTest, ALibraryWithoutADriverOrWithoutTheFunctionsIsNotUsed) {
  setenv("HUIDU_NVML_NO_DRIVER", "1", 1);
  EXPECT_THAT(Refusal(), HasSubstr("nvmlInit_v2"));
  setenv(GpuMemory::kLibraryVariable, "libz.so.1", 1);
  EXPECT_THAT(Refusal(), HasSubstr("lacks functions of NVML"));
}

}  // namespace
}  // namespace huidu::front
