#include "task/elements.h"

#include <cstring>
#include <type_traits>

#include "base/status.h"

namespace huidu::task {

std::vector<std::string_view> Elements(const tensor::View& view) {
  std::vector<std::string_view> elements;
  size_t at = 0;
  while (view.data.size() - at >= sizeof(uint32_t)) {
    uint32_t length = 0;
    std::memcpy(&length, view.data.data() + at, sizeof(length));
    at += sizeof(length);
    if (view.data.size() - at < length) break;
    elements.emplace_back(reinterpret_cast<const char*>(view.data.data()) + at, length);
    at += length;
  }
  return elements;
}

absl::Status WriteTexts(engine::OutputSink& outputs, size_t index, std::span<const std::string> texts) {
  if (!outputs.Wanted(index)) return absl::OkStatus();
  size_t bytes = 0;
  for (const std::string& text : texts) bytes += sizeof(uint32_t) + text.size();
  const tensor::Shape shape = {static_cast<int64_t>(texts.size())};
  HUIDU_ASSIGN_OR_RETURN(const std::span<std::byte> memory,
                         outputs.Allocate(index, tensor::DataType::kBytes, shape, bytes));
  std::byte* to = memory.data();
  for (const std::string& text : texts) {
    const auto length = static_cast<uint32_t>(text.size());
    std::memcpy(to, &length, sizeof(length));
    std::memcpy(to + sizeof(length), text.data(), text.size());
    to += sizeof(length) + text.size();
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status WriteNumbers(engine::OutputSink& outputs, size_t index, tensor::Shape shape, std::span<const T> values) {
  if (!outputs.Wanted(index)) return absl::OkStatus();
  constexpr auto kType = std::is_same_v<T, float> ? tensor::DataType::kFp32 : tensor::DataType::kInt32;
  HUIDU_ASSIGN_OR_RETURN(const std::span<std::byte> memory, outputs.Allocate(index, kType, shape, values.size_bytes()));
  if (!values.empty()) std::memcpy(memory.data(), values.data(), values.size_bytes());
  return absl::OkStatus();
}

template absl::Status WriteNumbers<float>(engine::OutputSink&, size_t, tensor::Shape, std::span<const float>);
template absl::Status WriteNumbers<int32_t>(engine::OutputSink&, size_t, tensor::Shape, std::span<const int32_t>);

}  // namespace huidu::task
