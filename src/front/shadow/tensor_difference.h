#pragma once

#include <string>

#include "front/shadow/compare.h"

namespace huidu::front {

// In what two tensors of the same type and shape, whose bytes fit it, do not agree, for people; empty if they agree.
std::string TensorDifference(const Output& stable, const Output& candidate, const CompareOptions& options);

}  // namespace huidu::front
