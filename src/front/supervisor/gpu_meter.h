#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "front/supervisor/gpu_memory.h"

namespace huidu::front {

// GPU memory for those who must not wait: a thread of its own asks the driver, and whoever wants figures gets the
// newest ones. A driver that hangs costs figures and nothing else.
//
// Runs on: any thread; no call waits for the driver.
// Lives:   the thread begins with the first Refresh(). The destructor waits kPatience for it; one that hangs in the
// driver
//          is left there, with all that it touches, and ends when the driver lets it.
// Errors:  as of GpuMemory: no figures, and the log says why.
class GpuMeter {
 public:
  static constexpr std::chrono::milliseconds kPatience{200};

  GpuMeter() = default;
  ~GpuMeter();
  GpuMeter(const GpuMeter&) = delete;
  GpuMeter& operator=(const GpuMeter&) = delete;

  // Asks for new figures; nothing if it is still busy with the last ones.
  void Refresh();
  // The newest figures; nothing if they are older than that, or there are none.
  std::optional<GpuMemory::Reading> Latest(std::chrono::nanoseconds max_age) const;

 private:
  struct Shared;
  static void Run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // null before the first Refresh()
};

}  // namespace huidu::front
