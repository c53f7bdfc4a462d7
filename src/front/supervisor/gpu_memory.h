#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace huidu::front {

// GPU memory of processes, as NVIDIA's management library (NVML) reports it. The library belongs to the driver and is
// loaded at run time, so that the same program runs on machines without a GPU.
//
// Runs on: one thread at a time, and not one that requests wait for: a driver may take milliseconds to answer.
// Lives:   the library stays loaded as long as the object.
// Errors:  without the library, or without a driver, there are no figures; the log says so once, as information. A
//          reading that fails later is no figure either.
class GpuMemory {
 public:
  // An environment variable: another library to be loaded, by its path. For tests.
  static constexpr char kLibraryVariable[] = "HUIDU_NVML_LIBRARY";

  // Bytes by process, all devices together. NVML knows processes by their ids on the host: a server in a container
  // finds its own only if it shares the host's process ids.
  using Reading = std::map<int, uint64_t>;

  GpuMemory();
  ~GpuMemory();
  GpuMemory(const GpuMemory&) = delete;
  GpuMemory& operator=(const GpuMemory&) = delete;

  bool available() const { return library_ != nullptr; }

  // One look at all devices. Nothing if there is no library, or if a device does not answer: half a sum would look like
  // memory that was given back.
  std::optional<Reading> Read();

 private:
  struct Library;
  std::unique_ptr<Library> library_;  // null: not available
};

// What `reading` has for a process; 0 for one that uses no GPU.
uint64_t BytesOf(const GpuMemory::Reading& reading, int pid);

}  // namespace huidu::front
