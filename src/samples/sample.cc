#include "samples/sample.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace huidu::samples {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr size_t kTimeDigits = 12;
constexpr size_t kIdDigits = 20;

size_t BytesOf(const std::vector<SampleTensor>& tensors) {
  size_t bytes = 0;
  for (const SampleTensor& tensor : tensors) bytes += tensor.data.size();
  return bytes;
}

}  // namespace

size_t TensorBytes(const Sample& sample) {
  return BytesOf(sample.inputs) + BytesOf(sample.outputs) + BytesOf(sample.answer);
}

bool IsSampleId(std::string_view text) {
  return text.size() == kIdDigits && text.find_first_not_of(kHex) == std::string_view::npos;
}

std::string NewSampleId(int64_t time_ms) {
  thread_local std::mt19937_64 random{(uint64_t{std::random_device{}()} << 32) | std::random_device{}()};
  std::string id(kIdDigits, '0');
  uint64_t time = static_cast<uint64_t>(std::max<int64_t>(time_ms, 0));
  for (size_t i = kTimeDigits; i > 0; --i, time >>= 4) id[i - 1] = kHex[time & 0xf];
  uint64_t bits = random();
  for (size_t i = kTimeDigits; i < kIdDigits; ++i, bits >>= 4) id[i] = kHex[bits & 0xf];
  return id;
}

std::vector<std::string_view> Elements(const SampleTensor& tensor) {
  std::vector<std::string_view> elements;
  std::string_view rest = tensor.data;
  uint32_t length = 0;
  while (rest.size() >= sizeof(length)) {
    std::memcpy(&length, rest.data(), sizeof(length));
    rest.remove_prefix(sizeof(length));
    if (rest.size() < length) break;
    elements.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return elements;
}

}  // namespace huidu::samples
