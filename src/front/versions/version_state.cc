#include "front/versions/version_state.h"

#include <cstdint>
#include <initializer_list>

namespace huidu::front {
namespace {

using enum VersionState;

constexpr uint32_t Set(std::initializer_list<VersionState> states) {
  uint32_t bits = 0;
  for (VersionState state : states) bits |= 1U << static_cast<unsigned>(state);
  return bits;
}

// The drawing in the header, state by state.
constexpr uint32_t Next(VersionState from) {
  switch (from) {
    case kNew: return Set({kInspecting, kUnloaded});
    case kInspecting: return Set({kStarting, kFailed, kDraining});
    case kStarting: return Set({kLoading, kFailed, kDraining});
    case kLoading: return Set({kWarming, kFailed, kDraining});
    case kWarming: return Set({kReady, kFailed, kDraining});
    case kReady: return Set({kRecovering, kDraining});
    case kRecovering: return Set({kReady, kFailed, kDraining});
    case kDraining: return Set({kUnloaded});
    case kFailed: return Set({kDraining});
    case kUnloaded: return 0;
  }
  return 0;
}

}  // namespace

std::string_view Name(VersionState state) {
  switch (state) {
    case kNew: return "NEW";
    case kInspecting: return "INSPECTING";
    case kStarting: return "STARTING";
    case kLoading: return "LOADING";
    case kWarming: return "WARMING";
    case kReady: return "READY";
    case kRecovering: return "RECOVERING";
    case kDraining: return "DRAINING";
    case kUnloaded: return "UNLOADED";
    case kFailed: return "FAILED";
  }
  return "NEW";
}

std::string_view KServeState(VersionState state) {
  switch (state) {
    case kReady: return "READY";
    case kNew:
    case kInspecting:
    case kStarting:
    case kLoading:
    case kWarming: return "LOADING";
    case kDraining: return "UNLOADING";
    case kRecovering:
    case kUnloaded:
    case kFailed: return "UNAVAILABLE";
  }
  return "UNAVAILABLE";
}

bool IsTransition(VersionState from, VersionState to) { return (Next(from) & Set({to})) != 0; }

}  // namespace huidu::front
