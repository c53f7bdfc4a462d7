#include "front/supervisor/gpu_meter.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace huidu::front {
namespace {

using namespace std::chrono_literals;

class GpuMeterTest : public ::testing::Test {
 protected:
  GpuMeterTest() {
    setenv(GpuMemory::kLibraryVariable, HUIDU_NVML_STAND_IN, 1);
    setenv("HUIDU_NVML_FIGURES", figures_.c_str(), 1);
    setenv("HUIDU_NVML_HANG", hang_.c_str(), 1);
  }
  ~GpuMeterTest() override {
    std::filesystem::remove(figures_);
    std::filesystem::remove(hang_);
    for (const char* name : {GpuMemory::kLibraryVariable, "HUIDU_NVML_FIGURES", "HUIDU_NVML_HANG"}) unsetenv(name);
  }
  void Write(const std::string& figures) {
    std::ofstream(figures_ + ".new") << figures;
    std::filesystem::rename(figures_ + ".new", figures_);
  }
  // What the meter has for process 77 as soon as it has something else than `before`.
  static uint64_t Next(GpuMeter& meter, uint64_t before) {
    while (true) {
      meter.Refresh();
      const auto reading = meter.Latest(1h);
      if (reading && BytesOf(*reading, 77) != before) return BytesOf(*reading, 77);
      std::this_thread::sleep_for(1ms);
    }
  }

  const std::string figures_ = ::testing::TempDir() + "/meter_figures_" + std::to_string(getpid());
  const std::string hang_ = ::testing::TempDir() + "/meter_hang_" + std::to_string(getpid());
};

TEST_F(GpuMeterTest, GivesTheNewestFigures) {
  Write("0 77 1000\n");
  GpuMeter meter;
  EXPECT_FALSE(meter.Latest(1h).has_value()) << "nobody has asked yet";
  EXPECT_EQ(Next(meter, 0), 1000);
  Write("0 77 2000\n");  // of one device: the file is read once for each
  EXPECT_EQ(Next(meter, 1000), 2000);
  EXPECT_FALSE(meter.Latest(0ns).has_value()) << "older than asked for";
}

TEST_F(GpuMeterTest, ADriverThatHangsCostsFiguresAndNothingElse) {
  std::ofstream{hang_} << "";
  {
    GpuMeter meter;
    for (int i = 0; i < 10; ++i) {
      meter.Refresh();
      EXPECT_FALSE(meter.Latest(1h).has_value());
    }
  }  // and it can be destroyed meanwhile
  std::filesystem::remove(hang_);
  Write("0 77 3000\n");
  GpuMeter meter;
  EXPECT_EQ(Next(meter, 0), 3000);
}

TEST_F(GpuMeterTest, WithoutALibraryThereAreNoFigures) {
  setenv(GpuMemory::kLibraryVariable, "/nowhere/libnvidia-ml.so", 1);
  GpuMeter meter;
  meter.Refresh();
  EXPECT_FALSE(meter.Latest(1h).has_value());
}

}  // namespace
}  // namespace huidu::front
