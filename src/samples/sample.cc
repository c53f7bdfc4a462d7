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

// How many bytes the character at the beginning has; 0: it is none (RFC 3629).
size_t CharacterLength(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool outside = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return overlong || outside ? 0 : length;
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

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace huidu::samples
