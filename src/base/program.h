#pragma once

#include <string>

namespace huidu {

// Absolute path of another program in the folder of this one.
std::string ProgramBeside(const std::string& name);

}  // namespace huidu
