#pragma once

#include <string>

#include "check/replay.h"

namespace huidu::cli {

// What a replay found, for people: counts by reason, against each of what it is compared with; the samples that cannot
// be sent; and the first `shown` that differ. Control characters of what users sent and models answered are gone.
std::string ReplayText(const check::Dataset& dataset, const check::ReplayResult& result, size_t shown, bool colors);

}  // namespace huidu::cli
