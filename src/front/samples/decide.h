#pragma once

#include <cstdint>
#include <optional>

#include "front/router/sample_sink.h"
#include "samples/policy.h"

// Which reasons a finished request gives to keep it.
// Runs on: any thread; pure. The bytes of an answer may change while they are read: then the verdict is of no use, but
// nothing else happens.
namespace huidu::front {

// Of a larger output only so many elements are looked at: this is done on a user's path.
inline constexpr size_t kMostElements = 65536;

// The least number of an output; empty if it has no elements or is not of numbers. A NaN is less than everything.
std::optional<double> LeastElement(const Output& output);

// `chance`: even in [0, 1), new for each request. DISAGREED and NEGATIVE_FEEDBACK are not known yet at a request's end.
samples::ReasonSet Decide(const samples::Policy& policy, const FinishedRequest& request, double chance);

}  // namespace huidu::front
