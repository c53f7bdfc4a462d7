#include "cli/infer/npy.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/status.h"

namespace huidu::cli {
namespace {

using tensor::DataType;

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kMaxHeaderBytes = 64 << 10;

constexpr std::pair<std::string_view, DataType> kTypes[] = {
    {"|b1", DataType::kBool},   {"|u1", DataType::kUint8}, {"<u2", DataType::kUint16}, {"<u4", DataType::kUint32},
    {"<u8", DataType::kUint64}, {"|i1", DataType::kInt8},  {"<i2", DataType::kInt16},  {"<i4", DataType::kInt32},
    {"<i8", DataType::kInt64},  {"<f2", DataType::kFp16},  {"<f4", DataType::kFp32},   {"<f8", DataType::kFp64}};

absl::Status Damaged(std::string_view what) {
  return absl::InvalidArgumentError(StrCat("not a usable .npy file: ", what));
}

// What stands behind 'key': in the header's Python dictionary, up to its end.
std::optional<std::string_view> ValueOf(std::string_view header, std::string_view key) {
  const std::string quoted = StrCat("'", key, "':");
  const size_t at = header.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + quoted.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

absl::StatusOr<DataType> ParseType(std::string_view header) {
  const auto value = ValueOf(header, "descr");
  if (!value || !value->starts_with('\'')) return Damaged("its header has no plain 'descr'");
  const std::string_view name = value->substr(1, std::min(value->find('\'', 1), value->size()) - 1);
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  return Damaged(StrCat("type '", name.substr(0, 16), "' is none of bool, integers and floats in little-endian order"));
}

absl::StatusOr<tensor::Shape> ParseShape(std::string_view header) {
  const auto value = ValueOf(header, "shape");
  const size_t end = value ? value->find(')') : std::string_view::npos;
  if (end == std::string_view::npos || !value->starts_with('(')) return Damaged("its header has no 'shape'");
  std::string_view rest = value->substr(1, end - 1);
  tensor::Shape shape;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string word(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (word.find_first_not_of(' ') == std::string::npos) continue;  // "(3,)"
    int64_t dimension = 0;
    if (!absl::SimpleAtoi(word, &dimension) || dimension < 0) return Damaged("a dimension of its shape is no number");
    if (shape.size() == tensor::kMaxRank) return Damaged(StrCat("more than ", tensor::kMaxRank, " dimensions"));
    shape.push_back(dimension);
  }
  return shape;
}

// The header's text, and in `data` what follows it.
absl::StatusOr<std::string_view> SplitHeader(std::string_view file, std::string_view& data) {
  if (!file.starts_with(kMagic) || file.size() < 12) return Damaged("it does not begin as one does");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(file[i])); };
  const size_t version = byte(6);
  if (version != 1 && version != 2) return Damaged(StrCat("version ", version, ", expected 1 or 2"));
  const size_t start = version == 1 ? 10 : 12;
  size_t length = byte(8) | byte(9) << 8;
  if (version == 2) length |= byte(10) << 16 | byte(11) << 24;
  if (length > kMaxHeaderBytes || start + length > file.size()) return Damaged("its header is cut off");
  data = file.substr(start + length);
  return file.substr(start, length);
}

}  // namespace

absl::StatusOr<NamedTensor> ParseNpy(std::string_view file) {
  std::string_view data;
  HUIDU_ASSIGN_OR_RETURN(const std::string_view header, SplitHeader(file, data));
  NamedTensor tensor;
  HUIDU_ASSIGN_OR_RETURN(tensor.type, ParseType(header));
  HUIDU_ASSIGN_OR_RETURN(tensor.shape, ParseShape(header));
  const auto order = ValueOf(header, "fortran_order");
  if (!order || (!order->starts_with("False") && tensor.shape.size() > 1)) {
    return Damaged("its values stand in Fortran order; save numpy.ascontiguousarray(…)");
  }
  HUIDU_ASSIGN_OR_RETURN(const size_t bytes, tensor::ByteSize(tensor.type, tensor.shape));
  if (bytes != data.size()) {
    return Damaged(
        StrCat("shape ", tensor::ToString(tensor.shape), " needs ", bytes, " bytes, it holds ", data.size()));
  }
  tensor.data = std::string(data);
  return tensor;
}

absl::StatusOr<std::string> WriteNpy(const NamedTensor& tensor) {
  const auto known = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const auto& entry) { return entry.second == tensor.type; });
  if (known == std::end(kTypes)) {
    return absl::InvalidArgumentError(StrCat("NumPy has no type for ", tensor::Name(tensor.type), "; write .json"));
  }
  std::string header = StrCat("{'descr': '", known->first, "', 'fortran_order': False, 'shape': (");
  for (const int64_t dimension : tensor.shape) StrAppend(&header, dimension, ", ");
  header += "), }";
  // The data begins at a multiple of 64 bytes, and the header ends with a line break.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string file(kMagic);
  file += {'\x01', '\x00', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  return file + header + tensor.data;
}

}  // namespace huidu::cli
