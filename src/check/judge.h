#pragma once

#include "check/dataset.h"
#include "check/result.h"

namespace huidu::check {

// Accuracy, its difference and the agreement, out of the samples' results.
void Summarize(const Dataset& dataset, CheckResult& result);

// Holds the figures to the limits: one verdict for each. A limit that was asked for and has no figure is kNoData, which
// does not pass; one that stands by default and has nothing to judge (no labels, no baseline) is left out. Where no
// limit holds the answers themselves, as there is nothing to compare them with or no limit for it, that is kNoData too.
// Pure.
std::vector<Verdict> Judge(const CheckResult& result);

}  // namespace huidu::check
