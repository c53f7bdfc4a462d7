#include "samples/masking.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"

namespace huidu::samples {
namespace {

// Full-width 0 to 9 are U+FF10 to U+FF19: EF BC 90 to EF BC 99.
constexpr std::string_view kFullWidth = "\xef\xbc";

void MaskDigits(char* text, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (text[i] >= '0' && text[i] <= '9') text[i] = '0';
    if (i + 2 >= size || std::memcmp(text + i, kFullWidth.data(), kFullWidth.size()) != 0) continue;
    const auto last = static_cast<unsigned char>(text[i + 2]);
    if (last >= 0x90 && last <= 0x99) text[i + 2] = '\x90';
  }
}

bool IsText(const SampleTensor& tensor) {
  if (tensor.type != tensor::DataType::kBytes) return false;
  const auto elements = Elements(tensor);
  return std::all_of(elements.begin(), elements.end(), utf8::IsValid);
}

void Remove(SampleTensor& tensor, const KeyedHash& hash) {
  tensor.removed = true;
  tensor.removed_bytes = tensor.data.size();
  tensor.removed_hash = hash.Of(tensor.data);
  tensor.data = std::string();
}

void Apply(SampleTensor& tensor, Mask::How how, const KeyedHash& hash) {
  if (tensor.removed) return;
  if (how == Mask::How::kRemove || !IsText(tensor)) return Remove(tensor, hash);
  for (const std::string_view element : Elements(tensor)) {
    MaskDigits(tensor.data.data() + (element.data() - tensor.data.data()), element.size());
  }
}

void ApplyTo(std::vector<SampleTensor>& tensors, const Mask& mask, const KeyedHash& hash) {
  for (SampleTensor& tensor : tensors) {
    if (tensor.name == mask.tensor) Apply(tensor, mask.how, hash);
  }
}

void ApplyToExpected(Sample& sample, Mask::How how) {
  if (how == Mask::How::kRemove) {
    sample.expected.reset();
  } else if (sample.expected) {
    MaskDigits(sample.expected->data(), sample.expected->size());
  }
}

}  // namespace

void ApplyMasks(Sample& sample, const std::vector<Mask>& masks, const KeyedHash& hash) {
  for (const Mask& mask : masks) {
    if (!mask.output) {
      ApplyTo(sample.inputs, mask, hash);
      continue;
    }
    ApplyTo(sample.outputs, mask, hash);
    ApplyTo(sample.answer, mask, hash);
    ApplyToExpected(sample, mask.how);
  }
}

}  // namespace huidu::samples
