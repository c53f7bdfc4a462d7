#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/strings.h"
#include "repository/paddle_program.h"

// A Paddle 3 program is JSON with short keys. The parts that are read here:
//   {"base_code": {"magic": "pir", …}, "program": {"regions": [{"blocks": [{"ops": [
//     {"#": "p", "A": [0, 1, 1, "linear_0.w_0"],                                a parameter and its
//     name
//      "O": {"%": 3, "TT": {"#": "0.t_dtensor", "D": [{"#": "0.t_f32"}, [4, 2], "NCHW", [], 0]}},
//      …},
//     {"#": "1.data", "A": [{"N": "name", "AT": {"D": "x"}}, …], "O": […], …},  an input
//     {"#": "1.fetch", …}]}]}]}}                                                an output
namespace huidu::repository {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMostBytes = 64 << 20;

absl::Status NotAProgram(const FileReader& file, std::string_view why) {
  return absl::InvalidArgumentError(StrCat(file.name(), " is not a Paddle 3 program: ", why));
}

// The value at a JSON pointer; null where something else stands.
const Json& At(const Json& value, const char* pointer) {
  static const Json kNothing;
  const Json::json_pointer place(pointer);
  return value.contains(place) ? value.at(place) : kNothing;
}

std::string TextOf(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

// "data" of "1.data": the part before the dot is the number of a dialect.
std::string OpName(const Json& op) {
  const std::string name = TextOf(At(op, "/#"));
  return name.substr(name.rfind('.') + 1);
}

absl::Status ReadParameter(const FileReader& file, const Json& op, PaddleProgram& program) {
  Parameter parameter;
  parameter.data_type = -1;
  parameter.name = TextOf(At(op, "/A/3"));
  const Json& type = At(op, "/O/TT/D");
  const std::string number = TextOf(At(type, "/0/#"));
  const size_t prefix = number.find(".t_");  // "0.t_f32"
  if (prefix != std::string::npos) parameter.data_type = DataTypeFromPir(number.substr(prefix + 3));
  const Json& dims = At(type, "/1");
  if (parameter.name.empty() || DataTypeBytes(parameter.data_type) == 0 || !dims.is_array()) {
    return NotAProgram(file, StrCat("parameter '", parameter.name, "' has no name, or no tensor type that is known"));
  }
  for (const Json& dim : dims) {
    if (!dim.is_number_integer()) return NotAProgram(file, StrCat("parameter '", parameter.name, "' has no shape"));
    parameter.dims.push_back(dim.get<int64_t>());
  }
  program.parameters.push_back(std::move(parameter));
  return absl::OkStatus();
}

// Inputs are "data" operators with their name as an attribute, and the LoD as the fourth part of
// the type.
void ReadInput(const Json& op, PaddleProgram& program) {
  std::string name;
  for (const Json& attribute : At(op, "/A")) {
    if (TextOf(At(attribute, "/N")) == "name") name = TextOf(At(attribute, "/AT/D"));
  }
  const Json& lod = At(op, "/O/0/TT/D/3");
  program.inputs.push_back(name);
  if (lod.is_array() && !lod.empty()) program.lod_inputs.push_back(name);
}

}  // namespace

absl::StatusOr<PaddleProgram> ReadPirProgram(FileReader& file) {
  HUIDU_ASSIGN_OR_RETURN(const std::string bytes, file.ReadAll(kMostBytes));
  const Json json = Json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return NotAProgram(file, "it is not JSON; damaged or cut off");
  if (TextOf(At(json, "/base_code/magic")) != "pir") return NotAProgram(file, "base_code.magic is not \"pir\"");
  const Json& ops = At(json, "/program/regions/0/blocks/0/ops");
  if (!ops.is_array() || ops.empty()) return NotAProgram(file, "it has no operators");

  PaddleProgram program;
  bool has_output = false;
  for (const Json& op : ops) {
    const std::string name = OpName(op);
    if (name == "p" || name == "parameter") HUIDU_RETURN_IF_ERROR(ReadParameter(file, op, program));
    if (name == "data" || name == "feed") ReadInput(op, program);
    if (name == "fetch") has_output = true;
  }
  if (!has_output) return NotAProgram(file, "it has no output (operator fetch)");
  std::sort(program.parameters.begin(), program.parameters.end(),
            [](const Parameter& a, const Parameter& b) { return a.name < b.name; });
  return program;
}

}  // namespace huidu::repository
