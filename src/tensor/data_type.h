#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace huidu::tensor {

// Element types of KServe V2. The numbers travel between front and worker: append, never reorder.
enum class DataType : uint8_t {
  kBool = 1,
  kUint8 = 2,
  kUint16 = 3,
  kUint32 = 4,
  kUint64 = 5,
  kInt8 = 6,
  kInt16 = 7,
  kInt32 = 8,
  kInt64 = 9,
  kFp16 = 10,
  kFp32 = 11,
  kFp64 = 12,
  kBf16 = 13,
  kBytes = 14,
};

// KServe's name: "FP32". Never fails for a valid enumerator.
std::string_view Name(DataType type);

// The type of a KServe name, empty for a name that is none.
std::optional<DataType> FromName(std::string_view name);

// The type of a number that came from outside, empty if it is none.
std::optional<DataType> FromWire(uint8_t value);

// Bytes of one element; 0 for kBytes, whose elements have a length each.
size_t ElementSize(DataType type);

}  // namespace huidu::tensor
