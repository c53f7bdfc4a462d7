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

// Whether a thread of this process, or of a child, that went to kBackground could come back: not every process may (it
// needs CAP_SYS_NICE or `ulimit -e 20`). Tried once, on a thread of its own.
bool CanReturnFromBackground();

}  // namespace huidu
