#pragma once

#include <cstdint>
#include <optional>

namespace huidu::front {

// Resident memory of a process, by what stands behind it.
struct MemoryUsage {
  uint64_t anonymous_bytes = 0;  // heap and stacks: what a leak makes grow
  uint64_t file_bytes = 0;       // mapped files: programs, libraries, weights; the kernel may drop them and read again
  uint64_t shared_bytes = 0;     // shared memory: the tensor arenas, which belong to the front as much as to the worker
};

// From /proc/PID/status. Nothing if the process is gone or its figures cannot be read; a zombie has none either.
// Runs on: any thread; never waits for a disk.
std::optional<MemoryUsage> ReadMemoryUsage(int pid);

}  // namespace huidu::front
