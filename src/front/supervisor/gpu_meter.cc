#include "front/supervisor/gpu_meter.h"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/log.h"

namespace huidu::front {

// What the thread and its owner share; the last of them frees it.
struct GpuMeter::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool wanted = false;
  bool stopping = false;
  bool ended = false;
  std::optional<GpuMemory::Reading> reading;
  TimePoint taken{};  // when the driver was asked for it
};

GpuMeter::~GpuMeter() {
  if (shared_ == nullptr) return;
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  if (!shared_->changed.wait_for(lock, kPatience, [this] { return shared_->ended; })) {
    log::Warning("the GPU's driver does not answer; its thread is left behind");
  }
}

void GpuMeter::Refresh() {
  if (shared_ == nullptr) {
    shared_ = std::make_shared<Shared>();
    std::thread([shared = shared_] { Run(shared); }).detach();  // joining it would wait for the driver
  }
  const std::lock_guard lock(shared_->mutex);
  shared_->wanted = true;
  shared_->changed.notify_all();
}

std::optional<GpuMemory::Reading> GpuMeter::Latest(std::chrono::nanoseconds max_age) const {
  if (shared_ == nullptr) return std::nullopt;
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->reading || Now() - shared_->taken > max_age) return std::nullopt;
  return shared_->reading;
}

void GpuMeter::Run(const std::shared_ptr<Shared>& shared) {
  pthread_setname_np(pthread_self(), "huidu-gpu");
  {
    GpuMemory memory;
    std::unique_lock lock(shared->mutex);
    while (memory.available()) {
      shared->changed.wait(lock, [&] { return shared->wanted || shared->stopping; });
      if (shared->stopping) break;
      shared->wanted = false;
      lock.unlock();
      const TimePoint start = Now();
      std::optional<GpuMemory::Reading> reading = memory.Read();
      lock.lock();
      shared->reading = std::move(reading);
      shared->taken = start;
    }
  }  // the library is given back before the owner goes on
  const std::lock_guard lock(shared->mutex);
  shared->ended = true;
  shared->changed.notify_all();
}

}  // namespace huidu::front
