#include "engine/openvino/element_types.h"

#include <array>
#include <utility>

namespace huidu::engine::openvino {
namespace {

using tensor::DataType;

constexpr std::array<std::pair<DataType, ov::element::Type_t>, 14> kTypes = {{
    {DataType::kBool, ov::element::Type_t::boolean},
    {DataType::kUint8, ov::element::Type_t::u8},
    {DataType::kUint16, ov::element::Type_t::u16},
    {DataType::kUint32, ov::element::Type_t::u32},
    {DataType::kUint64, ov::element::Type_t::u64},
    {DataType::kInt8, ov::element::Type_t::i8},
    {DataType::kInt16, ov::element::Type_t::i16},
    {DataType::kInt32, ov::element::Type_t::i32},
    {DataType::kInt64, ov::element::Type_t::i64},
    {DataType::kFp16, ov::element::Type_t::f16},
    {DataType::kFp32, ov::element::Type_t::f32},
    {DataType::kFp64, ov::element::Type_t::f64},
    {DataType::kBf16, ov::element::Type_t::bf16},
    {DataType::kBytes, ov::element::Type_t::string},
}};

}  // namespace

std::optional<DataType> FromOpenVino(const ov::element::Type& type) {
  for (const auto& [ours, theirs] : kTypes) {
    if (type == theirs) return ours;
  }
  return std::nullopt;
}

ov::element::Type ToOpenVino(DataType type) {
  for (const auto& [ours, theirs] : kTypes) {
    if (type == ours) return theirs;
  }
  return ov::element::dynamic;
}

}  // namespace huidu::engine::openvino
