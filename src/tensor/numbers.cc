#include "tensor/numbers.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace huidu::tensor {
namespace {

template <typename T>
T At(std::span<const std::byte> data, size_t i) {
  T element;
  std::memcpy(&element, data.data() + i * sizeof(T), sizeof(T));
  return element;
}

}  // namespace

double FromBf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

double FromFp16(uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1F;
  const int fraction = bits & 0x3FF;
  double value = 0;
  if (exponent == 0x1F) {
    value = fraction == 0 ? INFINITY : NAN;
  } else if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else {
    value = std::ldexp(fraction + 0x400, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

double NumberAt(DataType type, std::span<const std::byte> data, size_t i) {
  switch (type) {
    case DataType::kBool:
    case DataType::kUint8: return At<uint8_t>(data, i);
    case DataType::kUint16: return At<uint16_t>(data, i);
    case DataType::kUint32: return At<uint32_t>(data, i);
    case DataType::kUint64: return static_cast<double>(At<uint64_t>(data, i));
    case DataType::kInt8: return At<int8_t>(data, i);
    case DataType::kInt16: return At<int16_t>(data, i);
    case DataType::kInt32: return At<int32_t>(data, i);
    case DataType::kInt64: return static_cast<double>(At<int64_t>(data, i));
    case DataType::kFp16: return FromFp16(At<uint16_t>(data, i));
    case DataType::kFp32: return static_cast<double>(At<float>(data, i));
    case DataType::kFp64: return At<double>(data, i);
    case DataType::kBf16: return FromBf16(At<uint16_t>(data, i));
    case DataType::kBytes: break;
  }
  return 0;
}

}  // namespace huidu::tensor
