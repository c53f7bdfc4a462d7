#include "repository/paddle_params.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/strings.h"
#include "proto/paddle/program.pb.h"
#include "repository/folder.h"

namespace huidu::repository {
namespace {

constexpr uint64_t kMostLodLevels = 16;
constexpr uint64_t kMostDescriptionBytes = 4096;

std::string ShapeText(int32_t type, const std::vector<int64_t>& dims) {
  return StrCat(DataTypeName(type), "[", absl::StrJoin(dims, ","), "]");
}

// Number of elements; false if a dimension is negative or the number is beyond what fits.
bool Elements(const std::vector<int64_t>& dims, uint64_t* elements) {
  *elements = 1;
  for (const int64_t dim : dims) {
    if (dim < 0 || __builtin_mul_overflow(*elements, static_cast<uint64_t>(dim), elements)) return false;
  }
  return true;
}

// Skips `bytes` from `*offset` on, if they are there.
absl::Status Skip(const FileReader& file, uint64_t bytes, uint64_t* offset) {
  if (*offset > file.size() || bytes > file.size() - *offset) {
    return absl::OutOfRangeError(StrCat(file.name(), " is cut off: ", bytes, " bytes are expected at ", *offset,
                                        ", the file has ", file.size()));
  }
  *offset += bytes;
  return absl::OkStatus();
}

// A tensor as it is stored: u32 version, u64 levels of sequence lengths, each u64 bytes and the
// bytes; u32 version, i32 length of a TensorDesc and that; then the numbers. Leaves `*offset`
// behind it.
absl::StatusOr<Parameter> ReadStored(FileReader& file, uint64_t* offset) {
  HUIDU_ASSIGN_OR_RETURN(const uint32_t version, file.ReadU32(*offset));
  HUIDU_ASSIGN_OR_RETURN(const uint64_t levels, file.ReadU64(*offset + 4));
  *offset += 12;
  if (version != 0 || levels > kMostLodLevels) {
    return absl::InvalidArgumentError(StrCat(file.name(), ": no stored tensor at ", *offset - 12));
  }
  for (uint64_t level = 0; level < levels; ++level) {
    HUIDU_ASSIGN_OR_RETURN(const uint64_t bytes, file.ReadU64(*offset));
    *offset += 8;
    HUIDU_RETURN_IF_ERROR(Skip(file, bytes, offset));
  }
  HUIDU_ASSIGN_OR_RETURN(const uint32_t tensor_version, file.ReadU32(*offset));
  HUIDU_ASSIGN_OR_RETURN(const uint32_t length, file.ReadU32(*offset + 4));
  *offset += 8;
  paddle::proto::TensorDesc description;
  if (tensor_version != 0 || length > kMostDescriptionBytes) {
    return absl::InvalidArgumentError(StrCat(file.name(), ": no stored tensor before ", *offset));
  }
  HUIDU_ASSIGN_OR_RETURN(const std::string text, file.ReadString(*offset, length, kMostDescriptionBytes));
  *offset += length;
  if (!description.ParseFromString(text)) {
    return absl::InvalidArgumentError(StrCat(file.name(), ": a damaged description before ", *offset));
  }
  return Parameter{"", description.data_type(), {description.dims().begin(), description.dims().end()}};
}

// Reads the next tensor of `file` and holds it against what the program declares.
absl::Status CheckOne(const Parameter& declared, FileReader& file, uint64_t* offset,
                      std::vector<std::string>* warnings) {
  HUIDU_ASSIGN_OR_RETURN(const Parameter stored, ReadStored(file, offset));
  uint64_t elements = 0;
  uint64_t bytes = 0;
  const bool sane = Elements(stored.dims, &elements) && DataTypeBytes(stored.data_type) > 0 &&
                    !__builtin_mul_overflow(elements, DataTypeBytes(stored.data_type), &bytes);
  if (!sane) {
    return absl::InvalidArgumentError(
        StrCat(file.name(), ": a damaged description, ", ShapeText(stored.data_type, stored.dims)));
  }
  const std::string difference = StrCat(file.name(), " holds ", ShapeText(stored.data_type, stored.dims),
                                        ", the program declares ", ShapeText(declared.data_type, declared.dims));
  uint64_t wanted = 0;
  const bool open = !Elements(declared.dims, &wanted);  // the program leaves a dimension open
  if (stored.data_type != declared.data_type || (!open && elements != wanted)) {
    return absl::InvalidArgumentError(StrCat(difference, "; are both files of the same export?"));
  }
  if (!open && stored.dims != declared.dims) {
    warnings->push_back(StrCat("parameter '", declared.name, "': ", difference));
  }
  return Skip(file, bytes, offset);
}

absl::Status TooLong(const FileReader& file, uint64_t end) {
  return absl::InvalidArgumentError(StrCat(file.name(), " has ", file.size() - end,
                                           " bytes more than the program declares ",
                                           "parameters for; are both files of the same export?"));
}

// The errors of the reader say what the file lacks; this says which parameter that is, and that the
// model is at fault.
absl::Status Blame(const absl::Status& status, const std::string& parameter) {
  if (status.code() != absl::StatusCode::kOutOfRange && status.code() != absl::StatusCode::kInvalidArgument) {
    return status;
  }
  return absl::InvalidArgumentError(StrCat("parameter '", parameter, "': ", status.message()));
}

}  // namespace

absl::Status CheckCombinedParameters(const std::vector<Parameter>& parameters, FileReader& file,
                                     std::vector<std::string>* warnings) {
  uint64_t offset = 0;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (offset == file.size()) {
      return absl::InvalidArgumentError(StrCat(file.name(), file.size() == 0 ? " is empty" : " ends early", ": ", i,
                                               " of ", parameters.size(), " parameters are there, '",
                                               parameters[i].name, "' is missing"));
    }
    HUIDU_RETURN_IF_ERROR(Blame(CheckOne(parameters[i], file, &offset, warnings), parameters[i].name));
  }
  return offset == file.size() ? absl::OkStatus() : TooLong(file, offset);
}

absl::Status CheckSeparateParameters(const std::vector<Parameter>& parameters, const std::string& directory,
                                     std::vector<std::string>* warnings) {
  for (const Parameter& parameter : parameters) {
    if (!StaysInside(parameter.name)) {
      return absl::InvalidArgumentError("the program has a parameter whose name is no name of a file");
    }
    absl::StatusOr<FileReader> file = FileReader::Open(StrCat(directory, "/", parameter.name));
    if (absl::IsNotFound(file.status())) {
      return absl::FailedPreconditionError(
          StrCat(directory, ": the file of parameter '", parameter.name, "' is missing"));
    }
    HUIDU_RETURN_IF_ERROR(file.status());
    uint64_t offset = 0;
    absl::Status status = CheckOne(parameter, *file, &offset, warnings);
    if (status.ok() && offset != file->size()) status = TooLong(*file, offset);
    HUIDU_RETURN_IF_ERROR(Blame(status, parameter.name));
  }
  return absl::OkStatus();
}

}  // namespace huidu::repository
