#include "front/answers/kept_answer.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "tensor/numbers.h"

namespace huidu::front {
namespace {

using Bytes = std::span<const std::byte>;

// The elements of a BYTES tensor; nothing if its length prefixes do not fit, or if they would take more than `most`
// bytes.
std::optional<std::vector<std::string>> Texts(Bytes data, size_t most) {
  if (data.size() > most) return std::nullopt;
  const std::string copy(reinterpret_cast<const char*>(data.data()), data.size());  // nobody changes this one meanwhile
  std::string_view rest = copy;
  std::vector<std::string> texts;
  while (!rest.empty()) {
    uint32_t length = 0;
    if (rest.size() < sizeof(length)) return std::nullopt;
    std::memcpy(&length, rest.data(), sizeof(length));
    rest.remove_prefix(sizeof(length));
    if (rest.size() < length || data.size() + (texts.size() + 1) * sizeof(std::string) > most) return std::nullopt;
    texts.emplace_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return texts;
}

// The first of the greatest. A NaN is greater than everything, as in NumPy: it must not pass for an answer.
uint32_t Greatest(const Output& output, size_t row, size_t width) {
  size_t best = 0;
  double greatest = tensor::NumberAt(output.type, output.data, row * width);
  for (size_t i = 1; i < width && greatest == greatest; ++i) {
    const double value = tensor::NumberAt(output.type, output.data, row * width + i);
    if (value <= greatest) continue;
    best = i;
    greatest = value;
  }
  return static_cast<uint32_t>(best);
}

// False: it does not fit.
bool KeepNumbers(const Output& output, size_t room, const KeepLimits& limits, KeptOutput& kept) {
  const absl::StatusOr<size_t> bytes = tensor::ByteSize(output.type, output.shape);
  if (!bytes.ok() || *bytes != output.data.size() || *bytes > limits.max_tensor_bytes) return false;
  const size_t count = *bytes / tensor::ElementSize(output.type);
  const size_t width = output.shape.empty() ? 1 : static_cast<size_t>(output.shape.back());
  const size_t rows = width > 1 ? count / width : 0;
  const bool few = count <= limits.max_values;
  if ((!few && rows == 0) || rows * sizeof(uint32_t) + (few ? count * sizeof(double) : 0) > room) return false;
  for (size_t i = 0; few && i < count; ++i) kept.values.push_back(tensor::NumberAt(output.type, output.data, i));
  for (size_t row = 0; row < rows; ++row) kept.greatest.push_back(Greatest(output, row, width));
  return true;
}

size_t BytesOf(const KeptOutput& kept) {
  size_t bytes = sizeof(KeptOutput) + kept.name.size() + kept.values.size() * sizeof(double) +
                 kept.greatest.size() * sizeof(uint32_t);
  for (const std::string& text : kept.texts) bytes += sizeof(text) + text.size();
  return bytes;
}

}  // namespace

std::shared_ptr<const KeptAnswer> KeepAnswer(std::span<const tensor::Spec> specs, std::span<const Output> outputs,
                                             const KeepLimits& limits) {
  auto answer = std::make_shared<KeptAnswer>();
  for (const Output& output : outputs) {
    if (output.index >= specs.size()) continue;
    KeptOutput kept{.name = specs[output.index].name, .is_text = output.type == tensor::DataType::kBytes};
    const size_t room = limits.max_bytes - std::min(limits.max_bytes, answer->bytes);
    if (kept.is_text) {
      auto texts = Texts(output.data, room);
      kept.left_out = !texts.has_value();
      if (texts) kept.texts = *std::move(texts);
    } else {
      kept.left_out = !KeepNumbers(output, room, limits, kept);
    }
    answer->bytes += BytesOf(kept);
    answer->outputs.push_back(std::move(kept));
  }
  return answer;
}

}  // namespace huidu::front
