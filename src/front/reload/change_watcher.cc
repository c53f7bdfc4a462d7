#include "front/reload/change_watcher.h"

#include <utility>

namespace huidu::front {

ChangeWatcher::ChangeWatcher(std::string seen, std::function<std::string()> look, std::chrono::milliseconds interval,
                             std::function<void(std::string)> changed)
    : seen_(std::move(seen)), look_(std::move(look)), interval_(interval), changed_(std::move(changed)) {
  thread_ = std::thread([this] { Watch(); });
}

void ChangeWatcher::Stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ChangeWatcher::Watch() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval_, [this] { return stop_; })) {
    lock.unlock();
    std::string now = look_();
    if (now != seen_) {
      seen_ = now;
      changed_(std::move(now));
    }
    lock.lock();
  }
}

}  // namespace huidu::front
