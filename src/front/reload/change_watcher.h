#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace huidu::front {

// Looks at something again and again, and tells when it is not what it was.
//
// Runs on: a thread of its own, where `look` and `changed` run. Stop() on the thread that made it.
// Lives:   from the constructor to Stop() or the destructor, which wait for a look that runs.
class ChangeWatcher {
 public:
  // `seen`: what it was before anybody could miss a change, so that one before the first look is told too.
  ChangeWatcher(std::string seen, std::function<std::string()> look, std::chrono::milliseconds interval,
                std::function<void(std::string now)> changed);
  ~ChangeWatcher() { Stop(); }

  void Stop();

 private:
  void Watch();

  std::string seen_;
  const std::function<std::string()> look_;
  const std::chrono::milliseconds interval_;
  const std::function<void(std::string)> changed_;
  std::mutex mutex_;  // guards stop_
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;  // the last: it uses what is above
};

}  // namespace huidu::front
