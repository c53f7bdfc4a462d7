#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "front/answers/expected_answer.h"

namespace huidu::front {

inline constexpr size_t kMaxGoldenBytes = size_t{16} << 20;  // of a file
inline constexpr size_t kMaxGoldenSamples = 10'000;

// A request whose right answer is known.
struct GoldenSample {
  std::string request;      // a KServe body in JSON
  nlohmann::json expected;  // see expected_answer.h
  ExpectedTolerance tolerance;
};

// A file of JSON lines, each a KServe request with "expected" beside "inputs", and where that is wanted "absolute" and
// "relative", how far numbers may be from it. Empty lines and those that begin with # are passed over.
// Error: InvalidArgument with the line.
absl::StatusOr<std::vector<GoldenSample>> ParseGolden(std::string_view text);

}  // namespace huidu::front
