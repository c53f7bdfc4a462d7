#include <algorithm>
#include <array>

#include "base/strings.h"
#include "repository/paddle_program.h"

namespace huidu::repository {
namespace {

struct DataType {
  int32_t number;
  const char* name;
  const char* pir_name;
  uint64_t bytes;
};

// The numbers are part of the format of parameter files.
constexpr auto kDataTypes = std::to_array<DataType>({
    {0, "BOOL", "bool", 1},
    {1, "INT16", "i16", 2},
    {2, "INT32", "i32", 4},
    {3, "INT64", "i64", 8},
    {4, "FP16", "f16", 2},
    {5, "FP32", "f32", 4},
    {6, "FP64", "f64", 8},
    {19, "SIZE_T", "index", 8},
    {20, "UINT8", "ui8", 1},
    {21, "INT8", "i8", 1},
    {22, "BF16", "bf16", 2},
    {23, "COMPLEX64", "c64", 8},
    {24, "COMPLEX128", "c128", 16},
    {32, "FP8_E4M3FN", "f8e4m3fn", 1},
    {33, "FP8_E5M2", "f8e5m2", 1},
});

const DataType* Find(int32_t number) {
  const auto* found =
      std::find_if(kDataTypes.begin(), kDataTypes.end(), [&](auto& type) { return type.number == number; });
  return found == kDataTypes.end() ? nullptr : found;
}

}  // namespace

uint64_t DataTypeBytes(int32_t data_type) {
  const DataType* type = Find(data_type);
  return type == nullptr ? 0 : type->bytes;
}

std::string DataTypeName(int32_t data_type) {
  const DataType* type = Find(data_type);
  return type == nullptr ? StrCat("type ", data_type) : type->name;
}

int32_t DataTypeFromPir(std::string_view name) {
  for (const DataType& type : kDataTypes) {
    if (name == type.pir_name) return type.number;
  }
  return -1;
}

}  // namespace huidu::repository
