#include "engine/openvino/tensors.h"

#include <cstring>
#include <utility>

#include "base/status.h"
#include "base/strings.h"
#include "engine/openvino/element_types.h"

namespace huidu::engine::openvino {
namespace {

// A view was checked when it arrived: the lengths add up to exactly its bytes.
ov::Tensor WrapStrings(const tensor::View& view, const ov::Shape& shape) {
  ov::Tensor strings(ov::element::string, shape);
  const std::byte* at = view.data.data();
  std::string* element = strings.data<std::string>();
  for (size_t i = 0; i < strings.get_size(); ++i) {
    uint32_t length = 0;
    std::memcpy(&length, at, sizeof(length));
    at += sizeof(length);
    element[i].assign(reinterpret_cast<const char*>(at), length);
    at += length;
  }
  return strings;
}

absl::Status CopyOutStrings(const ov::Tensor& result, size_t index, std::span<const int64_t> shape,
                            OutputSink& outputs) {
  const std::span strings(result.data<const std::string>(), result.get_size());
  size_t bytes = 0;
  for (const std::string& text : strings) bytes += sizeof(uint32_t) + text.size();
  HUIDU_ASSIGN_OR_RETURN(std::span<std::byte> room, outputs.Allocate(index, tensor::DataType::kBytes, shape, bytes));
  std::byte* at = room.data();
  for (const std::string& text : strings) {
    const auto length = static_cast<uint32_t>(text.size());
    std::memcpy(at, &length, sizeof(length));
    std::memcpy(at + sizeof(length), text.data(), text.size());
    at += sizeof(length) + text.size();
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status CheckFitsInt32(const std::string& name, std::span<const std::byte> data) {
  for (size_t at = 0; at + sizeof(T) <= data.size(); at += sizeof(T)) {
    T value = 0;
    std::memcpy(&value, data.data() + at, sizeof(value));
    if (std::in_range<int32_t>(value)) continue;
    return absl::InvalidArgumentError(
        StrCat("input '", name, "': OpenVINO computes 64-bit integers with 32 bits, ", value, " does not fit"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRange(const std::string& name, const tensor::View& view) {
  if (view.type == tensor::DataType::kInt64) return CheckFitsInt32<int64_t>(name, view.data);
  if (view.type == tensor::DataType::kUint64) return CheckFitsInt32<uint64_t>(name, view.data);
  return absl::OkStatus();
}

ov::Tensor Wrap(const tensor::View& view) {
  static constexpr std::byte kNothing{};  // an empty tensor's address must not be null
  const ov::Shape shape(view.shape.begin(), view.shape.end());
  if (view.type == tensor::DataType::kBytes) return WrapStrings(view, shape);
  const void* data = view.data.empty() ? &kNothing : view.data.data();
  return ov::Tensor(ToOpenVino(view.type), shape, data);
}

absl::Status CopyOut(const ov::Tensor& result, size_t index, tensor::DataType type, OutputSink& outputs) {
  const ov::Shape& dims = result.get_shape();
  int64_t shape[tensor::kMaxRank];
  if (dims.size() > tensor::kMaxRank) return absl::InternalError("a result has too many dimensions");
  for (size_t i = 0; i < dims.size(); ++i) shape[i] = static_cast<int64_t>(dims[i]);
  const std::span<const int64_t> view(shape, dims.size());
  if (type == tensor::DataType::kBytes) return CopyOutStrings(result, index, view, outputs);
  const size_t bytes = result.get_byte_size();
  HUIDU_ASSIGN_OR_RETURN(std::span<std::byte> room, outputs.Allocate(index, type, view, bytes));
  if (bytes > 0) std::memcpy(room.data(), result.data(), bytes);
  return absl::OkStatus();
}

}  // namespace huidu::engine::openvino
