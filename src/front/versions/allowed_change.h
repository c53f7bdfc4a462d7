#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "front/versions/model.h"

// Whether a change of one version may begin as things stand, by the name of its model. An error says why not.
// Runs on: the control thread; pure.
namespace huidu::front {

using ModelsByName = std::map<std::string, Model>;

// Errors: NotFound (no such model), AlreadyExists (the version is there, and has not failed).
absl::Status CheckLoad(const ModelsByName& models, const std::string& model, const std::string& version);

// Errors: NotFound (no such model), FailedPrecondition (not loaded, not READY).
absl::Status CheckSwitch(const ModelsByName& models, const std::string& model, const std::string& version);

// Errors: NotFound (no such model or version), FailedPrecondition (it is live, needed, or on its way out already).
absl::Status CheckUnload(const ModelsByName& models, const std::string& model, const std::string& version);

}  // namespace huidu::front
