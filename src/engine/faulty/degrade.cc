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

std::byte Spoilt(std::byte letter, Degrade how) {
  const char c = static_cast<char>(letter);
  if (how == Degrade::kZero && c > ' ' && c < 127) return std::byte{'?'};
  if (how != Degrade::kRotate || c < '0' || c > '9') return letter;
  return static_cast<std::byte>(c == '9' ? '0' : c + 1);
}

// The lengths in front of the elements stay, and so does what is not ASCII: the texts remain texts.
void SpoilTexts(std::span<std::byte> data, Degrade how) {
  while (data.size() >= sizeof(uint32_t)) {
    uint32_t length = 0;
    std::memcpy(&length, data.data(), sizeof(length));
    data = data.subspan(sizeof(length));
    const std::span<std::byte> text = data.first(std::min<size_t>(length, data.size()));
    for (std::byte& letter : text) letter = Spoilt(letter, how);
    data = data.subspan(text.size());
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
    if (element == 0) {
      SpoilTexts(output.data, how);
      continue;
    }
    if (how == Degrade::kZero) std::fill(output.data.begin(), output.data.end(), std::byte{0});
    if (how == Degrade::kRotate) RotateRows(output.data, output.row * element, element);
    if (how == Degrade::kMultiply && output.type == tensor::DataType::kFp32) Multiply<float>(output.data, factor);
    if (how == Degrade::kMultiply && output.type == tensor::DataType::kFp64) Multiply<double>(output.data, factor);
  }
}

}  // namespace huidu::engine::faulty
