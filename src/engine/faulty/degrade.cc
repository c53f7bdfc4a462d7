#include "engine/faulty/degrade.h"

#include <algorithm>
#include <cstring>

#include "base/status.h"

namespace huidu::engine::faulty {
namespace {

template <typename Number>
void Multiply(std::span<std::byte> data, double factor) {
  for (size_t at = 0; at + sizeof(Number) <= data.size(); at += sizeof(Number)) {
    Number value;
    std::memcpy(&value, data.data() + at, sizeof(value));
    value = static_cast<Number>(value * factor);
    std::memcpy(data.data() + at, &value, sizeof(value));
  }
}

void RotateRows(std::span<std::byte> data, size_t row_bytes, size_t element) {
  if (row_bytes <= element) return;
  for (size_t at = 0; at + row_bytes <= data.size(); at += row_bytes) {
    const std::span<std::byte> row = data.subspan(at, row_bytes);
    std::rotate(row.begin(), row.end() - static_cast<ptrdiff_t>(element), row.end());
  }
}

}  // namespace

absl::StatusOr<std::span<std::byte>> SpoilingSink::Allocate(size_t index, tensor::DataType type,
                                                            std::span<const int64_t> shape, size_t bytes) {
  HUIDU_ASSIGN_OR_RETURN(const std::span<std::byte> data, real_.Allocate(index, type, shape, bytes));
  outputs_.push_back({type, shape.empty() ? 1 : static_cast<size_t>(shape.back()), data});
  return data;
}

void SpoilingSink::Spoil(Degrade how, double factor) {
  for (const Output& output : outputs_) {
    const size_t element = tensor::ElementSize(output.type);
    if (element == 0) continue;  // BYTES
    if (how == Degrade::kZero) std::fill(output.data.begin(), output.data.end(), std::byte{0});
    if (how == Degrade::kRotate) RotateRows(output.data, output.row * element, element);
    if (how == Degrade::kMultiply && output.type == tensor::DataType::kFp32) Multiply<float>(output.data, factor);
    if (how == Degrade::kMultiply && output.type == tensor::DataType::kFp64) Multiply<double>(output.data, factor);
  }
}

}  // namespace huidu::engine::faulty
