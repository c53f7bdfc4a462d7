#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>

#include "absl/status/statusor.h"
#include "front/shadow/compare.h"
#include "health/latency_histogram.h"

namespace huidu::front {

// How requests of a candidate are protected and its copies judged, beside what the policy decides. Fields of the same
// JSON object.
struct DataPath {
  bool retry_on_stable = true;  // stable answers what the candidate fails at
  // "hedge": stable is also asked where the candidate takes longer than `factor` times this quantile of stable's own
  // latency, but never before `min`. Off unless given.
  bool hedge = false;
  double hedge_quantile = 0.99;
  double hedge_factor = 2;
  std::chrono::milliseconds hedge_min{20};
  // "shadow_compare": when a copy's answer counts as the same as stable's.
  CompareOptions compare;
};

// Takes the data path's fields out of `request`. Error: InvalidArgument with the field's name.
absl::StatusOr<DataPath> TakeDataPath(nlohmann::json& request);
nlohmann::json ToJson(const DataPath& options);

// How long a candidate may take; 0: no limit, or stable has answered too little to know.
std::chrono::nanoseconds Patience(const DataPath& options, const health::LatencyHistogram& stable);

}  // namespace huidu::front
