#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "repository/file_reader.h"
#include "repository/paddle_program.h"

namespace huidu::repository {

// Checks that parameter data is there in full and has the shapes that the program declares. The
// numbers themselves are passed over, so this is quick however large the file. Shapes that differ
// but hold as many numbers are warnings.
//
// Runs on: any thread.
// Errors: InvalidArgument, naming the parameter, what was found and what was expected.

// One file with all parameters, one behind another in the order of their names.
absl::Status CheckCombinedParameters(const std::vector<Parameter>& parameters, FileReader& file,
                                     std::vector<std::string>* warnings);

// A file for each parameter in `directory`, by its name. Error: FailedPrecondition if one is
// missing.
absl::Status CheckSeparateParameters(const std::vector<Parameter>& parameters, const std::string& directory,
                                     std::vector<std::string>* warnings);

}  // namespace huidu::repository
