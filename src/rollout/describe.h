#pragma once

#include <string>
#include <vector>

#include "rollout/state.h"

// What a state means, for the engine itself and for Describe() in engine.h.
namespace huidu::rollout {

inline bool InStage(Phase phase) { return phase == Phase::kRunning || phase == Phase::kPaused; }

// What the end of the stage awaits, without gates and approval: these are asked last, so that the answers are fresh.
// For people; empty: nothing.
std::vector<std::string> MissingInStage(const Policy& policy, const State& state);

}  // namespace huidu::rollout
