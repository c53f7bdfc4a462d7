#include "repository/paddle_program.h"

#include <algorithm>
#include <map>

#include "base/status.h"
#include "base/strings.h"
#include "proto/paddle/program.pb.h"

namespace huidu::repository {
namespace {

using paddle::proto::BlockDesc;
using paddle::proto::OpDesc;
using paddle::proto::ProgramDesc;
using paddle::proto::VarDesc;

constexpr uint64_t kMostBytes = 64 << 20;

// Kinds of variables, Paddle's numbers.
constexpr int32_t kLodTensor = 7;
constexpr int32_t kFeedList = 9;
constexpr int32_t kFetchList = 10;
constexpr int32_t kRaw = 17;

absl::Status NotAProgram(const FileReader& file, std::string_view why) {
  return absl::InvalidArgumentError(StrCat(file.name(), " is not a Paddle program: ", why));
}

// The first argument of an operator's input or output: what feed and fetch are about.
const std::string* FirstArgument(const google::protobuf::RepeatedPtrField<OpDesc::Var>& vars) {
  for (const OpDesc::Var& var : vars) {
    if (!var.arguments().empty()) return &var.arguments(0);
  }
  return nullptr;
}

absl::Status ReadParameter(const FileReader& file, const VarDesc& var, PaddleProgram& program) {
  const int32_t kind = var.type().type();
  if (kind == kFeedList || kind == kFetchList || kind == kRaw) return absl::OkStatus();
  if (kind != kLodTensor) {
    program.has_other_parameters = true;
    return absl::OkStatus();
  }
  const auto& tensor = var.type().lod_tensor().tensor();
  if (var.name().empty() || DataTypeBytes(tensor.data_type()) == 0) {
    return NotAProgram(
        file, StrCat("parameter '", var.name(), "' has ", DataTypeName(tensor.data_type()), " for a data type"));
  }
  program.parameters.push_back({var.name(), tensor.data_type(), {tensor.dims().begin(), tensor.dims().end()}});
  return absl::OkStatus();
}

absl::Status ReadInputs(const FileReader& file, const BlockDesc& block, PaddleProgram& program) {
  std::map<std::string, const VarDesc*> vars;
  for (const VarDesc& var : block.vars()) vars.emplace(var.name(), &var);
  bool has_output = false;
  for (const OpDesc& op : block.ops()) {
    if (op.type() == "fetch") has_output = true;
    if (op.type() != "feed") continue;
    const std::string* name = FirstArgument(op.outputs());
    const auto var = name == nullptr ? vars.end() : vars.find(*name);
    if (var == vars.end()) return NotAProgram(file, "an input has no variable");
    program.inputs.push_back(*name);
    if (var->second->type().lod_tensor().lod_level() > 0) program.lod_inputs.push_back(*name);
  }
  if (!has_output) return NotAProgram(file, "it has no output (operator fetch)");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PaddleProgram> ReadPaddleProgram(FileReader& file) {
  HUIDU_ASSIGN_OR_RETURN(const std::string bytes, file.ReadAll(kMostBytes));
  if (bytes.empty()) return NotAProgram(file, "the file is empty");
  ProgramDesc written;
  if (!written.ParseFromString(bytes)) return NotAProgram(file, "it is damaged or cut off");
  if (written.blocks().empty() || written.blocks(0).ops().empty()) return NotAProgram(file, "it has no operators");

  PaddleProgram program;
  program.version = written.version().version();
  // Only the first block's: what the other blocks keep is theirs, for the time of a run.
  for (const VarDesc& var : written.blocks(0).vars()) {
    if (var.persistable()) HUIDU_RETURN_IF_ERROR(ReadParameter(file, var, program));
  }
  HUIDU_RETURN_IF_ERROR(ReadInputs(file, written.blocks(0), program));
  std::sort(program.parameters.begin(), program.parameters.end(),
            [](const Parameter& a, const Parameter& b) { return a.name < b.name; });
  return program;
}

}  // namespace huidu::repository
