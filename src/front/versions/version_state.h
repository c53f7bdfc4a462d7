#pragma once

#include <cstddef>
#include <string_view>

namespace huidu::front {

// The life of one servable version.
//
//   kNew ──▶ kInspecting ──▶ kStarting ──▶ kLoading ──▶ kWarming ──▶ kReady ──▶ kDraining ──▶ kUnloaded
//                                                                    ▲  │
//                              a restarted worker is loaded and warm │  ▼ its last worker died
//                                                                  kRecovering
//
//   kInspecting, kStarting, kLoading, kWarming, kRecovering ──▶ kFailed     it cannot be served; the reason is kept
//   those and kFailed ──▶ kDraining ──▶ kUnloaded; kNew ──▶ kUnloaded       it is not wanted any more
//
// kReady is entered after the version has answered its warm-up, kDraining before new requests stop: whoever watches
// never sees a promise that does not hold yet.
enum class VersionState {
  kNew,
  kInspecting,  // files are checked, in a process of their own
  kStarting,    // the worker process comes up, in its sandbox
  kLoading,     // the engine reads the model
  kWarming,     // first inferences; not yet for clients
  kReady,
  kRecovering,  // no worker at the moment; one is being restarted
  kDraining,    // takes no new request; those in flight are finished
  kUnloaded,
  kFailed,
};
inline constexpr size_t kVersionStates = 10;

std::string_view Name(VersionState state);              // "READY", for people, the admin API and metrics
std::string_view KServeState(VersionState state);       // READY, LOADING, UNLOADING, UNAVAILABLE
bool IsTransition(VersionState from, VersionState to);  // the drawing above, as a table

}  // namespace huidu::front
