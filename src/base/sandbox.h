#pragma once

#include <string>
#include <vector>

namespace huidu {

// Model files are somebody else's bytes, and neither engines nor parsers were written for hostile ones. These take from
// a process, for good, what it does not need (no new privileges, and Linux Landlock, as much of it as the kernel has).
//
// Runs on: the main thread, before it starts others.
// Returns: what holds, for the log, e.g. "no-new-privs, landlock 7 (files read-only, no network, no signals)".

// For a worker: no gaining of privileges, no writing of files outside of `writable` folders, no opening or accepting of
// TCP connections, no signals to processes outside.
std::string EnterSandbox(const std::vector<std::string>& writable);

// For who only looks at files: no writing at all, and nothing to read but these folders, and what their symbolic links
// lead to. Descriptors that are open stay so.
std::string EnterReadingSandbox(const std::vector<std::string>& folders);

// What of this the kernel does not have, and what that means; empty: it has all.
std::string MissingFromSandbox();
// The same for a version of the kernel's interface; below 1: no Landlock.
std::string MissingFromLandlock(long abi);

}  // namespace huidu
