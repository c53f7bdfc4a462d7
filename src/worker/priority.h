#pragma once

namespace huidu::worker {

// Loading a version takes whole cores for seconds. At idle priority for CPU and disk it only takes what the versions
// that serve leave over: the front starts a worker so, from its very first instruction.
//
// Runs on: the worker's main thread.

// Every thread of the process back to normal; the engine's own threads inherited what was in force when they started.
void RestorePriority();

}  // namespace huidu::worker
