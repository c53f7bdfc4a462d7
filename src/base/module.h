#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu {

// A module is a shared library beside the programs, ../lib/huidu/libhuidu_<kind>_<name>.so, that exports one function.
// Engines and tasks are modules, so that a worker loads only the libraries that its version needs.
//
// Opens the module and gives the address of its function `entry`. It is never closed; opened again, it is the same one.
// HUIDU_MODULE_DIR names another folder.
// Runs on: any thread.
// Errors: InvalidArgument (no name of a module), NotFound (no such file), FailedPrecondition (it cannot be loaded, or
// is of another build).
absl::StatusOr<void*> OpenModule(const std::string& kind, const std::string& name, const char* entry);

// Where they are.
std::string ModuleFolder();

// The names of the modules of one kind that are there, sorted.
std::vector<std::string> ModuleNames(const std::string& kind);

}  // namespace huidu
