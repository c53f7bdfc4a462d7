#pragma once

#include <string>
#include <vector>

#include "cli/admin_client.h"
#include "repository/inspect.h"

namespace huidu::cli {

// What `huidu validate` found.
struct ConfigReport {
  std::vector<std::string> errors;    // one line each, "file:line:column: …" where a place is known
  std::vector<std::string> findings;  // what is there: one line a model, and a version where models are looked at
};

// Checks a configuration file; with `check_models` also that each model's folders are there and hold whole models.
ConfigReport CheckConfig(const std::string& path, bool check_models);

Json ToJson(const ConfigReport& report);

// An inspection for people, some lines.
std::string InspectionText(const repository::Inspection& inspection);

}  // namespace huidu::cli
