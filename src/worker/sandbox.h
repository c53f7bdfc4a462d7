#pragma once

#include <string>
#include <vector>

namespace huidu::worker {

// Takes from this process, for good, what running a model does not need: gaining privileges, writing files outside of
// `writable` folders, opening or accepting TCP connections, and sending signals to processes outside (Linux Landlock,
// as much of it as the kernel has). Model files are somebody else's bytes, and engines were not written for hostile
// ones.
//
// Runs on: the worker's main thread, before it starts others.
// Returns: what holds, for the log, e.g. "no-new-privs, landlock 7 (files read-only, no network, no signals)".
std::string EnterSandbox(const std::vector<std::string>& writable);

}  // namespace huidu::worker
