#pragma once

#include <nlohmann/json_fwd.hpp>

#include "absl/status/statusor.h"
#include "front/answers/kept_answer.h"

namespace huidu::front {

// How far a number may be from the expected one: by absolute + relative * |expected|.
struct ExpectedTolerance {
  double absolute = 1e-3;
  double relative = 1e-3;
};

// Whether an answer is the expected one. `expected` is JSON, from a client's feedback or a file of golden samples:
//   "text", ["text", …]   the elements of the first BYTES output
//   7                     of the first output of numbers: the place of the greatest in its row (the class), or its only
//   number [7, 0, …]             all its numbers, or for each row the place of the greatest
//   {"output": …, …}      each named output by the same words
// Numbers are compared with the tolerance, places and texts exactly.
// Errors: InvalidArgument (it cannot be compared with such an answer), FailedPrecondition (that output was too large to
// keep).
absl::StatusOr<bool> IsExpected(const KeptAnswer& answer, const nlohmann::json& expected,
                                const ExpectedTolerance& tolerance = {});

}  // namespace huidu::front
