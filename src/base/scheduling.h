#pragma once

#include <sys/types.h>

namespace huidu {

enum class Scheduling {
  kNormal,
  kBackground,  // runs for good only when nobody else wants the CPU or the disk
};

// Sets how the kernel treats a thread; 0: the calling one. What the system does not allow is left as it is. Makes
// system calls only, so a child may call it between vfork and exec.
void SetScheduling(pid_t thread, Scheduling how);

}  // namespace huidu
