#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "check/dataset.h"
#include "check/result.h"
#include "config/config.h"

namespace huidu::check {

struct RunOptions {
  config::ModelConfig model;  // engine, device, instances and warm-up of both versions; the name
  std::string candidate;      // version folders, absolute
  std::string baseline;       // empty: none
  CompareOptions compare;
  Limits limits;
  std::vector<int> callers = {1, 4};
  int rounds = 4;  // of each version under each number of callers, by turns
  std::chrono::milliseconds round_time{2000};
  int memory_points = 10;
  int requests_between_points = 50;  // or as many as a round's time allows
};

// Told what is done, and how much of the whole: 0 to 1. Runs on: the caller's thread.
using Progress = std::function<void(const std::string& step, double done)>;

// Loads both versions in workers of their own, runs the data set through both, measures them by turns, and judges.
// Nothing goes to a server. Blocks for minutes.
// Errors: a version that does not load (which one, and why), a data set whose samples do not fit the model (the line).
absl::StatusOr<CheckResult> Run(const RunOptions& options, const Dataset& dataset, const Progress& progress);

}  // namespace huidu::check
