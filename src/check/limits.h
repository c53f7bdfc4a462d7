#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "check/answer.h"

namespace huidu::check {

// What a candidate is held to. Units and meaning stand in proto/config/check_limits.proto; empty: not judged.
struct CategoryLimits {
  std::string category;
  std::optional<double> min_accuracy, max_accuracy_drop;
};

struct Limits {
  std::optional<double> min_accuracy;
  double max_accuracy_drop = 0.01;
  std::vector<CategoryLimits> categories;
  std::optional<double> min_agreement;
  double max_p99_ratio = 1.5;
  std::optional<double> max_p99_ms;
  double min_qps_ratio = 0.7;
  double max_memory_growth_mb = 5;
  std::optional<double> max_load_seconds;
  uint32_t max_failed = 0;
  uint32_t min_samples = 1;
  // Not a limit itself, but when two numbers are the same: CompareOptions has what it means.
  double tolerance_absolute = CompareOptions().absolute;
  double tolerance_relative = CompareOptions().relative;
};

// Errors: those of config::ReadFile(), and InvalidArgument with every fault as file:line:column.
absl::StatusOr<Limits> ReadLimits(const std::string& path);

}  // namespace huidu::check
