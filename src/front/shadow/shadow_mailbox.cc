#include "front/shadow/shadow_mailbox.h"

#include <utility>

namespace huidu::front {

bool ShadowMailbox::Offer(ShadowRequest& request) {
  const size_t size = BytesOf(request);
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= max_waiting_ || size > max_bytes_ - bytes_) return false;
    bytes_ += size;
    waiting_.push_back(std::move(request));
  }
  changed_.notify_one();
  return true;
}

void ShadowMailbox::Return(std::unique_ptr<ShadowCopy> copy) {
  {
    std::lock_guard lock(mutex_);
    answered_.push_back(std::move(copy));
  }
  changed_.notify_one();
}

ShadowMailbox::Work ShadowMailbox::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stop_ || !answered_.empty() || !waiting_.empty(); });
  Work work;
  if (stop_) return work;
  if (!answered_.empty()) {
    work = std::move(answered_.front());
    answered_.pop_front();
  } else {
    work = std::move(waiting_.front());
    waiting_.pop_front();
  }
  return work;
}

void ShadowMailbox::Forget(size_t bytes) {
  std::lock_guard lock(mutex_);
  bytes_ -= bytes;
}

void ShadowMailbox::Stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
}

}  // namespace huidu::front
