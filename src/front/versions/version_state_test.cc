#include "front/versions/version_state.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace huidu::front {
namespace {

using enum VersionState;

// The drawing in version_state.h, edge by edge.
const std::set<std::pair<VersionState, VersionState>> kDrawn = {
    {kNew, kInspecting},    {kInspecting, kStarting}, {kStarting, kLoading},  {kLoading, kWarming},
    {kWarming, kReady},     {kReady, kDraining},      {kDraining, kUnloaded}, {kReady, kRecovering},
    {kRecovering, kReady},  {kInspecting, kFailed},   {kStarting, kFailed},   {kLoading, kFailed},
    {kWarming, kFailed},    {kRecovering, kFailed},   {kNew, kUnloaded},      {kInspecting, kDraining},
    {kStarting, kDraining}, {kLoading, kDraining},    {kWarming, kDraining},  {kRecovering, kDraining},
    {kFailed, kDraining},
};

TEST(VersionStateTest, AllowsExactlyTheDrawnTransitions) {
  for (size_t from = 0; from < kVersionStates; ++from) {
    for (size_t to = 0; to < kVersionStates; ++to) {
      const std::pair edge{static_cast<VersionState>(from), static_cast<VersionState>(to)};
      EXPECT_EQ(IsTransition(edge.first, edge.second), kDrawn.contains(edge))
          << Name(edge.first) << " -> " << Name(edge.second);
    }
  }
}

TEST(VersionStateTest, OnlyReadyIsReadyToKServe) {
  for (size_t state = 0; state < kVersionStates; ++state) {
    const VersionState which = static_cast<VersionState>(state);
    EXPECT_EQ(KServeState(which) == "READY", which == kReady) << Name(which);
  }
}

}  // namespace
}  // namespace huidu::front
