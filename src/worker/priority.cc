#include "worker/priority.h"

#include <cstdlib>
#include <filesystem>

#include "base/scheduling.h"

namespace huidu::worker {

void RestorePriority() {
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    SetScheduling(std::atoi(task.path().filename().c_str()), Scheduling::kNormal);
  }
}

}  // namespace huidu::worker
