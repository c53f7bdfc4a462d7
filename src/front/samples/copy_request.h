#pragma once

#include <span>

#include "front/router/sample_sink.h"
#include "front/shadow/shadow_runner.h"
#include "samples/sample.h"

// Requests as samples, with bytes of their own; ids, reasons and times of day are not theirs to give.
// Runs on: any thread; pure. The bytes may change while they are copied: whoever writes the sample checks it.
namespace huidu::front {

// What copying would take.
size_t BytesOf(const Payload& payload);
size_t BytesOf(std::span<const Output> outputs);

// A request that another version answered than the one that failed at it is the failed one's sample, with the other's
// answer.
samples::Sample CopyRequest(const FinishedRequest& request);

// The candidate's sample, with stable's answer, which is what the user got. Its payload is there.
samples::Sample CopyDisagreement(const Disagreement& disagreement);

}  // namespace huidu::front
