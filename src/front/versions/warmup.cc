#include "front/versions/warmup.h"

#include <algorithm>
#include <cstring>

#include "base/status.h"
#include "base/strings.h"
#include "front/router/payload.h"

namespace huidu::front {
namespace {

using tensor::DataType;

constexpr int64_t kSequenceRows = 4;

const config::InputShape* Configured(const std::vector<config::InputShape>& shapes, std::string_view input) {
  const auto found =
      std::find_if(shapes.begin(), shapes.end(), [&](const auto& shape) { return shape.input == input; });
  return found == shapes.end() ? nullptr : &*found;
}

tensor::Shape WarmupShape(const tensor::Spec& spec, const std::vector<config::InputShape>& shapes, int64_t size) {
  if (const config::InputShape* given = Configured(shapes, spec.name)) return given->dims;
  if (spec.any_rank) return {1, size};
  tensor::Shape shape = spec.shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != tensor::kDynamic) continue;
    shape[i] = i > 0 ? size : spec.lod_level > 0 ? kSequenceRows : 1;
  }
  return shape;
}

template <typename T>
void FillWith(std::span<std::byte> bytes, T value) {
  for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T))
    std::memcpy(bytes.data() + at, &value, sizeof(T));
}

std::string_view Example(const tensor::Spec& spec) {
  if (spec.example.empty()) return "a";
  return spec.example;
}

void FillWithTexts(std::span<std::byte> bytes, std::string_view text) {
  const auto length = static_cast<uint32_t>(text.size());
  for (size_t at = 0; at < bytes.size(); at += sizeof(length) + length) {
    std::memcpy(bytes.data() + at, &length, sizeof(length));
    std::memcpy(bytes.data() + at + sizeof(length), text.data(), length);
  }
}

void Fill(const tensor::Spec& spec, std::span<std::byte> bytes) {
  switch (spec.type) {
    case DataType::kFp32: return FillWith(bytes, 0.5F);
    case DataType::kFp64: return FillWith(bytes, 0.5);
    case DataType::kFp16: return FillWith(bytes, uint16_t{0x3800});  // 0.5
    case DataType::kBf16: return FillWith(bytes, uint16_t{0x3F00});  // 0.5
    case DataType::kBytes: return FillWithTexts(bytes, Example(spec));
    default: return FillWith(bytes, std::byte{0});
  }
}

// The position of the first element whose exponent bits are all set, that is NaN or infinity; -1 if there is none.
template <typename T>
int64_t FirstNotFinite(std::span<const std::byte> data, T exponent) {
  for (size_t at = 0; at + sizeof(T) <= data.size(); at += sizeof(T)) {
    T bits;
    std::memcpy(&bits, data.data() + at, sizeof(T));
    if ((bits & exponent) == exponent) return static_cast<int64_t>(at / sizeof(T));
  }
  return -1;
}

int64_t FirstNotFinite(DataType type, std::span<const std::byte> data) {
  switch (type) {
    case DataType::kFp32: return FirstNotFinite<uint32_t>(data, 0x7F800000U);
    case DataType::kFp64: return FirstNotFinite<uint64_t>(data, 0x7FF0000000000000ULL);
    case DataType::kFp16: return FirstNotFinite<uint16_t>(data, uint16_t{0x7C00});
    case DataType::kBf16: return FirstNotFinite<uint16_t>(data, uint16_t{0x7F80});
    default: return -1;
  }
}

}  // namespace

const std::vector<int64_t>& WarmupSizes() {
  static const std::vector<int64_t> sizes = {32, 64, 224, 320, 1, 8, 16, 128, 512, 640};
  return sizes;
}

bool HasOpenDimensions(const Servable& servable, const std::vector<config::InputShape>& shapes) {
  const auto open = [&](const tensor::Spec& spec) {
    if (Configured(shapes, spec.name) != nullptr) return false;
    if (spec.any_rank) return true;
    return std::count(spec.shape.begin() + std::min<ptrdiff_t>(1, static_cast<ptrdiff_t>(spec.shape.size())),
                      spec.shape.end(), tensor::kDynamic) > 0;
  };
  return std::any_of(servable.signature().inputs.begin(), servable.signature().inputs.end(), open);
}

absl::StatusOr<std::shared_ptr<Payload>> MakeWarmup(const Servable& servable,
                                                    const std::vector<config::InputShape>& shapes, int64_t size) {
  std::vector<InputDescription> inputs;
  for (const tensor::Spec& spec : servable.signature().inputs) {
    InputDescription input{.name = spec.name, .datatype = tensor::Name(spec.type)};
    input.shape = WarmupShape(spec, shapes, size);
    HUIDU_ASSIGN_OR_RETURN(const int64_t count, tensor::ElementCount(input.shape));
    const size_t element =
        spec.type == DataType::kBytes ? sizeof(uint32_t) + Example(spec).size() : tensor::ElementSize(spec.type);
    input.bytes = static_cast<size_t>(count) * element;
    inputs.push_back(std::move(input));
  }
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Payload> payload, NewPayload(servable, inputs, {}));
  for (size_t i = 0; i < payload->inputs.size(); ++i) {
    const tensor::Spec& spec = servable.signature().inputs[payload->inputs[i].index];
    Fill(spec, InputBytes(servable, *payload, i));
  }
  return payload;
}

absl::Status CheckFinite(const Servable& servable, const std::vector<Output>& outputs) {
  for (const Output& output : outputs) {
    const int64_t at = FirstNotFinite(output.type, output.data);
    if (at < 0) continue;
    const auto& specs = servable.signature().outputs;
    const std::string name = output.index < specs.size() ? specs[output.index].name : "?";
    return absl::InternalError(StrCat("output '", name, "' ", tensor::ToString(output.shape),
                                      " holds NaN or infinity at element ", at,
                                      " of a warm-up request; are all parameters there? If this is meant to be, set "
                                      "warmup { check_finite: false }"));
  }
  return absl::OkStatus();
}

}  // namespace huidu::front
