#include "worker/priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace huidu::worker {
namespace {

// ioprio_set(2), which glibc does not wrap.
constexpr int kIoPriorityOfProcess = 1;
constexpr int kIoIdle = 3 << 13;
constexpr int kIoNormal = (2 << 13) | 4;

bool MayReturn() {
  rlimit nice{};
  if (getrlimit(RLIMIT_NICE, &nice) == 0 && nice.rlim_cur >= 20) return true;
  // Only a try tells whether CAP_SYS_NICE is there: raise by nothing, from one level down.
  const int now = getpriority(PRIO_PROCESS, 0);
  if (setpriority(PRIO_PROCESS, 0, now + 1) != 0) return false;
  return setpriority(PRIO_PROCESS, 0, now) == 0;
}

void SetThread(pid_t thread, int policy, int io_priority) {
  const sched_param parameters{};
  (void)sched_setscheduler(thread, policy, &parameters);
  (void)syscall(SYS_ioprio_set, kIoPriorityOfProcess, thread, io_priority);
}

}  // namespace

bool LowerPriority() {
  if (!MayReturn()) return false;
  SetThread(0, SCHED_IDLE, kIoIdle);
  return true;
}

void RestorePriority() {
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    SetThread(std::atoi(task.path().filename().c_str()), SCHED_OTHER, kIoNormal);
  }
}

}  // namespace huidu::worker
