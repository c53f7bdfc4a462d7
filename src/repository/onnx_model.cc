#include "repository/onnx_model.h"

#include <charconv>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "base/status.h"
#include "base/strings.h"
#include "repository/folder.h"
#include "repository/wire_reader.h"

namespace huidu::repository {
namespace {

// Field numbers of onnx.proto.
constexpr uint32_t kModelGraph = 7;
constexpr uint32_t kGraphNode = 1;
constexpr uint32_t kGraphInitializer = 5;
constexpr uint32_t kGraphOutput = 12;
constexpr uint32_t kTensorDims = 1;
constexpr uint32_t kTensorType = 2;
constexpr uint32_t kTensorName = 8;
constexpr uint32_t kTensorRawData = 9;
constexpr uint32_t kTensorExternal = 13;
constexpr uint32_t kTensorLocation = 14;
constexpr uint32_t kEntryKey = 1;
constexpr uint32_t kEntryValue = 2;
constexpr uint64_t kExternalLocation = 1;

constexpr uint64_t kLongestText = 4096;
constexpr size_t kMostDims = 64;

// What is known of one weight.
struct Weight {
  std::string name;
  uint64_t type = 0;
  std::vector<uint64_t> dims;
  std::optional<uint64_t> raw_bytes;
  bool is_external = false;
  std::map<std::string, std::string> external;  // location, offset, length
};

// Bits of one number by ONNX type, whose numbers run from 0: undefined, float, uint8, int8, uint16,
// int16, int32, int64, string, bool, float16, double, uint32, uint64, two complex, bfloat16, four
// float8, uint4, int4, float4. 0: not of a fixed size.
constexpr uint8_t kBits[] = {0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4};

uint64_t Bits(uint64_t type) { return type < std::size(kBits) ? kBits[type] : 0; }

// Bytes that the weight's shape needs; nothing if the type has no fixed size or the shape is beyond
// all bounds.
std::optional<uint64_t> WantedBytes(const Weight& weight) {
  uint64_t bits = Bits(weight.type);
  if (bits == 0) return std::nullopt;
  for (const uint64_t dim : weight.dims) {
    if (__builtin_mul_overflow(bits, dim, &bits)) return std::nullopt;
  }
  return bits / 8 + (bits % 8 == 0 ? 0 : 1);
}

absl::Status ReadDims(const WireReader& field, std::vector<uint64_t>& dims) {
  if (!field.is_bytes()) {
    dims.push_back(field.varint());
    return absl::OkStatus();
  }
  for (uint64_t offset = field.begin(); offset < field.begin() + field.size() && dims.size() < kMostDims;) {
    HUIDU_ASSIGN_OR_RETURN(const uint64_t dim, field.ReadVarint(&offset, field.begin() + field.size()));
    dims.push_back(dim);
  }
  return absl::OkStatus();
}

absl::Status ReadEntry(WireReader fields, std::map<std::string, std::string>& entries) {
  std::string key;
  std::string value;
  while (true) {
    HUIDU_ASSIGN_OR_RETURN(const bool more, fields.Next());
    if (!more) break;
    if (fields.is_bytes() && (fields.number() == kEntryKey || fields.number() == kEntryValue)) {
      HUIDU_ASSIGN_OR_RETURN((fields.number() == kEntryKey ? key : value), fields.Text(kLongestText));
    }
  }
  entries[key] = value;
  return absl::OkStatus();
}

absl::StatusOr<Weight> ReadWeight(WireReader fields) {
  Weight weight;
  while (true) {
    HUIDU_ASSIGN_OR_RETURN(const bool more, fields.Next());
    if (!more) return weight;
    switch (fields.number()) {
      case kTensorDims: HUIDU_RETURN_IF_ERROR(ReadDims(fields, weight.dims)); break;
      case kTensorType: weight.type = fields.varint(); break;
      case kTensorRawData: weight.raw_bytes = fields.size(); break;
      case kTensorLocation: weight.is_external = fields.varint() == kExternalLocation; break;
      case kTensorName: {
        HUIDU_ASSIGN_OR_RETURN(weight.name, fields.Text(kLongestText));
        break;
      }
      case kTensorExternal: {
        if (fields.is_bytes()) HUIDU_RETURN_IF_ERROR(ReadEntry(fields.Enter(), weight.external));
        break;
      }
      default: break;
    }
    if (weight.dims.size() >= kMostDims || weight.external.size() > kMostDims) {
      return absl::InvalidArgumentError(StrCat("weight '", weight.name, "' is damaged"));
    }
  }
}

// A number out of an external weight's entries; `otherwise` if it is not given, nothing if it is no
// number.
std::optional<uint64_t> NumberOf(const Weight& weight, const char* key, uint64_t otherwise) {
  const auto entry = weight.external.find(key);
  if (entry == weight.external.end()) return otherwise;
  uint64_t value = 0;
  const char* end = entry->second.data() + entry->second.size();
  const auto [stop, error] = std::from_chars(entry->second.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

// Checks a weight that is in another file, and notes that file's name.
absl::Status CheckExternal(const Weight& weight, const std::string& directory, std::set<std::string>& files) {
  const auto location = weight.external.find("location");
  if (location == weight.external.end() || !StaysInside(location->second)) {
    return absl::InvalidArgumentError(
        StrCat("weight '", weight.name, "' is in another file, whose name is missing or leads out of the folder"));
  }
  const absl::StatusOr<FileReader> file = FileReader::Open(StrCat(directory, "/", location->second));
  if (absl::IsNotFound(file.status())) {
    return absl::FailedPreconditionError(
        StrCat(directory, ": ", location->second, ", which holds weight '", weight.name, "', is missing"));
  }
  HUIDU_RETURN_IF_ERROR(file.status());
  const std::optional<uint64_t> offset = NumberOf(weight, "offset", 0);
  const uint64_t room = offset.has_value() && *offset <= file->size() ? file->size() - *offset : 0;
  const std::optional<uint64_t> length = NumberOf(weight, "length", room);
  if (!offset.has_value() || *offset > file->size() || !length.has_value() || *length > room ||
      WantedBytes(weight).value_or(0) > *length) {
    return absl::InvalidArgumentError(StrCat(location->second, " is cut off: it has ", file->size(),
                                             " bytes and not all of weight '", weight.name, "'"));
  }
  files.insert(location->second);
  return absl::OkStatus();
}

absl::Status CheckWeight(const Weight& weight, const std::string& directory, std::set<std::string>& files) {
  if (weight.is_external) return CheckExternal(weight, directory, files);
  const std::optional<uint64_t> wanted = WantedBytes(weight);
  if (weight.raw_bytes.has_value() && wanted.has_value() && *weight.raw_bytes != *wanted) {
    return absl::InvalidArgumentError(
        StrCat("weight '", weight.name, "' has ", *weight.raw_bytes, " bytes, its shape needs ", *wanted));
  }
  return absl::OkStatus();
}

absl::Status CheckGraph(WireReader fields, const FileReader& file, const std::string& directory,
                        std::set<std::string>& files) {
  bool has_nodes = false;
  bool has_output = false;
  while (true) {
    HUIDU_ASSIGN_OR_RETURN(const bool more, fields.Next());
    if (!more) break;
    if (fields.number() == kGraphNode) has_nodes = true;
    if (fields.number() == kGraphOutput) has_output = true;
    if (fields.number() != kGraphInitializer || !fields.is_bytes()) continue;
    HUIDU_ASSIGN_OR_RETURN(const Weight weight, ReadWeight(fields.Enter()));
    HUIDU_RETURN_IF_ERROR(Annotate(CheckWeight(weight, directory, files), file.name()));
  }
  if (has_nodes && has_output) return absl::OkStatus();
  return absl::InvalidArgumentError(
      StrCat(file.name(), " is not an ONNX model: its graph has no operators or no output"));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> CheckOnnxModel(FileReader& file, const std::string& directory) {
  const std::string not_a_model = StrCat(file.name(), " is not an ONNX model: ");
  std::set<std::string> files;
  bool has_graph = false;
  WireReader fields(file, 0, file.size());
  while (true) {
    const absl::StatusOr<bool> more = fields.Next();
    if (!more.ok()) return absl::InvalidArgumentError(StrCat(not_a_model, more.status().message()));
    if (!*more) break;
    if (fields.number() != kModelGraph || !fields.is_bytes()) continue;
    has_graph = true;
    HUIDU_RETURN_IF_ERROR(CheckGraph(fields.Enter(), file, directory, files));
  }
  if (!has_graph) return absl::InvalidArgumentError(StrCat(not_a_model, "it has no graph"));
  return std::vector<std::string>(files.begin(), files.end());
}

}  // namespace huidu::repository
