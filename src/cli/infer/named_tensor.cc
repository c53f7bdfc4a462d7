#include "cli/infer/named_tensor.h"

#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <system_error>

#include "absl/strings/str_format.h"
#include "base/status.h"

namespace huidu::cli {
namespace {

using tensor::DataType;

template <typename T>
T Load(const NamedTensor& tensor, size_t index) {
  T value{};
  if ((index + 1) * sizeof(T) <= tensor.data.size())
    std::memcpy(&value, tensor.data.data() + index * sizeof(T), sizeof(T));
  return value;
}

float HalfToFloat(uint16_t half) {
  const int sign = half >> 15, exponent = (half >> 10) & 31, fraction = half & 1023;
  const float magnitude = exponent == 0    ? std::ldexp(static_cast<float>(fraction), -24)
                          : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                           : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return sign != 0 ? -magnitude : magnitude;
}

float BfloatToFloat(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

std::string FloatText(double value, int digits) { return absl::StrFormat("%.*g", digits, value); }

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string contents;
  std::string piece(1 << 16, '\0');
  while (file && contents.size() <= max_bytes) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    contents.append(piece.data(), static_cast<size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(StrCat(path, ": ", std::generic_category().message(errno)));
  }
  if (contents.size() > max_bytes) {
    return absl::ResourceExhaustedError(StrCat(path, " is larger than ", max_bytes, " bytes"));
  }
  return contents;
}

std::string ElementText(const NamedTensor& tensor, size_t index, bool exact) {
  const int digits = !exact ? 6 : tensor.type == DataType::kFp64 ? 17 : 9;
  switch (tensor.type) {
    case DataType::kBool: return Load<uint8_t>(tensor, index) != 0 ? "true" : "false";
    case DataType::kUint8: return std::to_string(Load<uint8_t>(tensor, index));
    case DataType::kUint16: return std::to_string(Load<uint16_t>(tensor, index));
    case DataType::kUint32: return std::to_string(Load<uint32_t>(tensor, index));
    case DataType::kUint64: return std::to_string(Load<uint64_t>(tensor, index));
    case DataType::kInt8: return std::to_string(Load<int8_t>(tensor, index));
    case DataType::kInt16: return std::to_string(Load<int16_t>(tensor, index));
    case DataType::kInt32: return std::to_string(Load<int32_t>(tensor, index));
    case DataType::kInt64: return std::to_string(Load<int64_t>(tensor, index));
    case DataType::kFp16: return FloatText(HalfToFloat(Load<uint16_t>(tensor, index)), digits);
    case DataType::kBf16: return FloatText(BfloatToFloat(Load<uint16_t>(tensor, index)), digits);
    case DataType::kFp32: return FloatText(Load<float>(tensor, index), digits);
    case DataType::kFp64: return FloatText(Load<double>(tensor, index), digits);
    case DataType::kBytes: break;
  }
  return "";
}

absl::StatusOr<std::vector<float>> ToFloats(const NamedTensor& tensor) {
  const size_t size = tensor::ElementSize(tensor.type);
  std::vector<float> values(size > 0 ? tensor.data.size() / size : 0);
  for (size_t i = 0; i < values.size(); ++i) {
    switch (tensor.type) {
      case DataType::kFp32: values[i] = Load<float>(tensor, i); break;
      case DataType::kFp64: values[i] = static_cast<float>(Load<double>(tensor, i)); break;
      case DataType::kFp16: values[i] = HalfToFloat(Load<uint16_t>(tensor, i)); break;
      case DataType::kBf16: values[i] = BfloatToFloat(Load<uint16_t>(tensor, i)); break;
      default:
        return absl::InvalidArgumentError(
            StrCat("output '", tensor.name, "' is ", tensor::Name(tensor.type), ", not floating-point"));
    }
  }
  return values;
}

}  // namespace huidu::cli
