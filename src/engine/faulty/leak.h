#pragma once

#include <cstdint>

namespace huidu::engine::faulty {

// The name of the memory file whose size stands for GPU memory: the stand-in for NVML finds it among the open files of
// a process. Nothing of it is ever written, so it costs no memory.
inline constexpr char kGpuLeakName[] = "huidu-fault-gpu";

// Memory of this process that is taken and never given back, not even when the fault ends: as a leak does.
// Runs on: one thread at a time.
class HostLeak {
 public:
  // Grows to `bytes` in all; less than what is taken already changes nothing. Memory that the system refuses is tried
  // again by the next call.
  void GrowTo(uint64_t bytes);
  uint64_t bytes() const { return bytes_; }

 private:
  uint64_t bytes_ = 0;
};

// The same for GPU memory, which this process only claims to have taken.
// Runs on: one thread at a time.
class GpuLeak {
 public:
  void GrowTo(uint64_t bytes);
  uint64_t bytes() const { return bytes_; }

 private:
  uint64_t bytes_ = 0;
  int fd_ = -1;  // open until the process ends: it is the claim
};

}  // namespace huidu::engine::faulty
