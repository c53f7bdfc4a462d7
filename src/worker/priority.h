#pragma once

namespace huidu::worker {

// Loading a version takes whole cores for seconds. At idle priority for CPU and disk it only takes what the versions
// that serve leave over. Not every process may return from there, so a worker lowers itself only if it may.
//
// Runs on: the worker's main thread.

// False, and nothing changes, if this process could not come back (it needs CAP_SYS_NICE or `ulimit -e 20`).
bool LowerPriority();

// Every thread of the process back to normal; the engine's own threads inherited what was in force when they started.
void RestorePriority();

}  // namespace huidu::worker
