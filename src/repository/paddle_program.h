#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "repository/file_reader.h"

namespace huidu::repository {

// A parameter as the program declares it.
struct Parameter {
  std::string name;
  int32_t data_type = 0;      // Paddle's number, see DataTypeBytes()
  std::vector<int64_t> dims;  // -1 where the program leaves it open
};

// What is needed to check the parameters of a Paddle program and to feed it.
struct PaddleProgram {
  int64_t version = 0;              // 1006003 is 1.6.3; 0: not said
  std::vector<std::string> inputs;  // in feed order
  std::vector<std::string> lod_inputs;
  std::vector<Parameter> parameters;  // sorted by name: the order in a file that holds them all
  // Whether there are parameters of another kind than tensors, which nobody here can check.
  bool has_other_parameters = false;
};

// Reads a *.pdmodel or __model__ of at most 64 MiB.
// Runs on: any thread. Errors: InvalidArgument ("… is not a Paddle program: …"), ResourceExhausted.
absl::StatusOr<PaddleProgram> ReadPaddleProgram(FileReader& file);

// Reads a Paddle 3 *.json program, with the same bound and errors.
absl::StatusOr<PaddleProgram> ReadPirProgram(FileReader& file);

// Bytes of one number of a Paddle data type; 0: not a number, or unknown.
uint64_t DataTypeBytes(int32_t data_type);
// "FP32"; "type 77" if unknown.
std::string DataTypeName(int32_t data_type);
// The number for the name that a Paddle 3 program uses, "f32"; -1 if unknown.
int32_t DataTypeFromPir(std::string_view name);

}  // namespace huidu::repository
