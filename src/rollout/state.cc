#include "rollout/state.h"

namespace huidu::rollout {

std::string_view Name(Phase phase) {
  switch (phase) {
    case Phase::kWaiting: return "waiting";
    case Phase::kRunning: return "running";
    case Phase::kPaused: return "paused";
    case Phase::kBaking: return "baking";
    case Phase::kFinished: return "finished";
    case Phase::kRolledBack: return "rolled_back";
    case Phase::kAborted: return "aborted";
  }
  return "";
}

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNotEnoughYet: return "not_enough_yet";
    case Verdict::kGood: return "good";
    case Verdict::kBad: return "bad";
  }
  return "";
}

std::string_view Name(EventKind kind) {
  switch (kind) {
    case EventKind::kStarted: return "started";
    case EventKind::kStageBegan: return "stage_began";
    case EventKind::kPaused: return "paused";
    case EventKind::kResumed: return "resumed";
    case EventKind::kApproved: return "approved";
    case EventKind::kPromoted: return "promoted";
    case EventKind::kFinished: return "finished";
    case EventKind::kRolledBack: return "rolled_back";
    case EventKind::kAborted: return "aborted";
    case EventKind::kRefused: return "refused";
  }
  return "";
}

}  // namespace huidu::rollout
