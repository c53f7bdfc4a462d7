#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/config.h"

// What a reload would change, for `--dry-run`, the audit and the decision what to load again.
//
// Runs on: any thread; pure functions.
namespace huidu::config {

// Every setting of a model as (name as in the prototxt, value), defaults included.
std::vector<std::pair<std::string, std::string>> Settings(const ModelConfig& model);

// One line a difference, sorted by model, empty if nothing changes:
//   "model 'a': added (base_path /models/a_v1)", "model 'b': removed", "model 'c': base_path:
//   /models/c_v1 -> …/c_v2"
std::vector<std::string> Diff(const ServerConfig& from, const ServerConfig& to);

// Whether workers that run with `from` must be started anew to run with `to`, because a setting
// changed that only takes effect at loading (engine, device, threads, precision, warm-up …). Paths,
// versions, limits and timeouts are not such settings.
bool NeedsNewWorkers(const ModelConfig& from, const ModelConfig& to);

}  // namespace huidu::config
