#include "worker/priority.h"

#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>

#include "base/scheduling.h"

namespace huidu::worker {
namespace {

bool MayReturn() {
  rlimit nice{};
  if (getrlimit(RLIMIT_NICE, &nice) == 0 && nice.rlim_cur >= 20) return true;
  // Only a try tells whether CAP_SYS_NICE is there: raise by nothing, from one level down.
  const int now = getpriority(PRIO_PROCESS, 0);
  if (setpriority(PRIO_PROCESS, 0, now + 1) != 0) return false;
  return setpriority(PRIO_PROCESS, 0, now) == 0;
}

}  // namespace

bool LowerPriority() {
  if (!MayReturn()) return false;
  SetScheduling(0, Scheduling::kBackground);
  return true;
}

void RestorePriority() {
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    SetScheduling(std::atoi(task.path().filename().c_str()), Scheduling::kNormal);
  }
}

}  // namespace huidu::worker
