#pragma once

#include <cstdint>

namespace huidu::front {

// What the kernel says of this process. 0 where it says nothing.
struct ProcessFigures {
  uint64_t resident_bytes = 0;
  uint64_t open_fds = 0;
  double cpu_seconds = 0;         // user and system
  double start_time_seconds = 0;  // Unix time
};

// Runs on: any thread; reads /proc/self, which never waits for a disk.
ProcessFigures ReadProcessFigures();

}  // namespace huidu::front
