#include "base/scheduling.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

namespace huidu {
namespace {

// ioprio_set(2), which glibc does not wrap.
constexpr int kIoPriorityOfProcess = 1;
constexpr int kIoIdle = 3 << 13;
constexpr int kIoNormal = (2 << 13) | 4;

}  // namespace

void SetScheduling(pid_t thread, Scheduling how) {
  const bool background = how == Scheduling::kBackground;
  const sched_param parameters{};
  (void)sched_setscheduler(thread, background ? SCHED_IDLE : SCHED_OTHER, &parameters);
  (void)syscall(SYS_ioprio_set, kIoPriorityOfProcess, thread, background ? kIoIdle : kIoNormal);
}

bool CanReturnFromBackground() {
  static const bool can = [] {
    bool returned = false;
    std::thread([&returned] {
      SetScheduling(0, Scheduling::kBackground);
      SetScheduling(0, Scheduling::kNormal);
      returned = sched_getscheduler(0) == SCHED_OTHER;
    }).join();
    return returned;
  }();
  return can;
}

}  // namespace huidu
