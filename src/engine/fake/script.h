#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tensor/tensor.h"

namespace huidu::engine::fake {

// What a *.fake file tells the engine to be and to do. One `key value` a line, `#` starts a comment:
//   input x FP32 -1,16       name, type, shape (-1: open; `any`: every shape, `scalar`: no dimensions); in order
//   output y FP32 -1,16      answers input k, in order; as many as there are inputs, or fewer
//   scale 2                  FP32 answers are input * scale + bias; every other type is copied
//   bias 1
//   version_marker 7         one more output `version`, INT64 [-1,1]: 7 in each row of the first input
//   nan                      FP32 answers are NaN
//   delay_ms 20              each run takes that long
//   fail_every 3             every 3rd run of the model is an error; likewise crash_every, hang_every
//   leak_mb_per_call 1       each run keeps that much memory for ever
//   load_ms 500              loading takes that long
//   fail_load "no weights"   loading is an error; crash_on_load: it ends the process
// Lives: as plain data inside the model.
struct Script {
  std::vector<tensor::Spec> inputs;
  std::vector<tensor::Spec> outputs;
  double scale = 1.0;
  double bias = 0.0;
  bool has_version_marker = false;
  int64_t version_marker = 0;
  bool nan = false;
  int64_t delay_ms = 0;
  int64_t fail_every = 0;  // 0: never
  int64_t crash_every = 0;
  int64_t hang_every = 0;
  int64_t leak_mb_per_call = 0;
  int64_t load_ms = 0;
  bool fails_load = false;
  std::string fail_load;
  bool crash_on_load = false;
};

inline constexpr size_t kMaxScriptBytes = 64 << 10;

// Errors: InvalidArgument with the line's number.
absl::StatusOr<Script> ParseScript(const std::string& text);

}  // namespace huidu::engine::fake
