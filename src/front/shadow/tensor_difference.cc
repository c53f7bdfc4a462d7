#include "front/shadow/tensor_difference.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/strings.h"
#include "front/shadow/edit_distance.h"
#include "tensor/numbers.h"

namespace huidu::front {
namespace {

using tensor::DataType;
using Bytes = std::span<const std::byte>;

// What the comparison of one BYTES tensor may cost. One with more bytes is compared exactly.
constexpr size_t kMaxTextBytes = size_t{4} << 20;
constexpr size_t kMaxTextWork = size_t{1} << 25;  // cells of tables: some 50 ms
constexpr double kRounding = 1e-6;                // a share of 0.9 of 10 rows is 9 rows

struct Fp16 {
  uint16_t bits;
};
struct Bf16 {
  uint16_t bits;
};

template <typename T>
T Value(T element) {
  return element;
}
double Value(float element) { return element; }
double Value(Bf16 element) { return tensor::FromBf16(element.bits); }
double Value(Fp16 element) { return tensor::FromFp16(element.bits); }

// Element `i` of a tensor: reads its bytes once.
template <typename T>
auto At(Bytes data, size_t i) {
  T element;
  std::memcpy(&element, data.data() + i * sizeof(T), sizeof(T));
  return Value(element);
}

bool IsClose(double stable, double candidate, const CompareOptions& options) {
  if (stable == candidate || (std::isnan(stable) && std::isnan(candidate))) return true;
  if (std::isinf(stable)) return false;  // relative to it, everything would be close
  return std::abs(candidate - stable) <= options.absolute + options.relative * std::abs(stable);
}

std::string ExactDifference(Bytes stable, Bytes candidate) {
  if (stable.size() != candidate.size()) {
    return StrCat("stable gives ", stable.size(), " bytes, the candidate ", candidate.size());
  }
  if (stable.empty() || std::memcmp(stable.data(), candidate.data(), stable.size()) == 0) return "";
  return "the bytes are not the same";
}

template <typename T>
std::string ToleranceDifference(Bytes stable, Bytes candidate, const CompareOptions& options) {
  for (size_t i = 0; i < stable.size() / sizeof(T); ++i) {
    const double a = At<T>(stable, i);
    const double b = At<T>(candidate, i);
    if (!IsClose(a, b, options)) return StrCat("element ", i, " is ", a, " from stable and ", b, " from the candidate");
  }
  return "";
}

// The first of the greatest elements. A NaN is greater than everything, as in NumPy: it must not pass for an answer.
template <typename T>
size_t ArgMax(Bytes row) {
  size_t best = 0;
  auto greatest = At<T>(row, 0);
  for (size_t i = 1; i < row.size() / sizeof(T); ++i) {
    const auto value = At<T>(row, i);
    if (greatest != greatest) break;
    if (value > greatest || value != value) {
      best = i;
      greatest = value;
    }
  }
  return best;
}

template <typename T>
std::string Top1Difference(Bytes stable, Bytes candidate, size_t width, double min_share) {
  const size_t row_bytes = width * sizeof(T);
  const size_t rows = stable.size() / row_bytes;
  size_t agree = 0;
  for (size_t row = 0; row < rows; ++row) {
    agree += ArgMax<T>(stable.subspan(row * row_bytes, row_bytes)) ==
             ArgMax<T>(candidate.subspan(row * row_bytes, row_bytes));
  }
  if (static_cast<double>(agree) + kRounding >= min_share * static_cast<double>(rows)) return "";
  return StrCat("the greatest element is the same in ", agree, " of ", rows, " rows");
}

template <typename T>
std::string NumberDifference(const Output& stable, const Output& candidate, const CompareOptions& options) {
  if (options.kind == CompareKind::kTop1 && !stable.shape.empty() && stable.shape.back() > 1) {
    const auto width = static_cast<size_t>(stable.shape.back());
    return Top1Difference<T>(stable.data, candidate.data, width, options.min_top1_share);
  }
  if constexpr (std::is_integral_v<T>)
    return ExactDifference(stable.data, candidate.data);
  else
    return ToleranceDifference<T>(stable.data, candidate.data, options);
}

// The elements of a BYTES tensor as code points; empty if its length prefixes do not fit. `data` is a copy: nobody can
// change a prefix after it was checked.
std::optional<std::vector<std::u32string>> Texts(std::string_view data) {
  std::vector<std::u32string> texts;
  while (!data.empty()) {
    uint32_t length = 0;
    if (data.size() < sizeof(length)) return std::nullopt;
    std::memcpy(&length, data.data(), sizeof(length));
    data.remove_prefix(sizeof(length));
    if (data.size() < length) return std::nullopt;
    texts.push_back(CodePoints(data.substr(0, length)));
    data.remove_prefix(length);
  }
  return texts;
}

std::string Copied(Bytes data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }

std::string TextDifference(Bytes stable, Bytes candidate, double max_share) {
  const auto expected = Texts(Copied(stable));
  const auto actual = Texts(Copied(candidate));
  if (!expected || !actual) return "the lengths of BYTES elements do not fit";
  if (expected->size() != actual->size()) {
    return StrCat("stable gives ", expected->size(), " texts, the candidate ", actual->size());
  }
  size_t length = 0;
  for (size_t i = 0; i < expected->size(); ++i) length += std::max((*expected)[i].size(), (*actual)[i].size());
  const auto limit = static_cast<size_t>(std::clamp(max_share, 0.0, 1.0) * static_cast<double>(length) + kRounding);
  size_t edits = 0;
  size_t budget = kMaxTextWork;
  for (size_t i = 0; i < expected->size(); ++i) {
    edits += EditDistance((*expected)[i], (*actual)[i], limit - edits, budget);
    if (edits > limit) return StrCat("the text differs in more than ", limit, " of ", length, " characters");
  }
  return "";
}

}  // namespace

std::string TensorDifference(const Output& stable, const Output& candidate, const CompareOptions& options) {
  if (options.kind == CompareKind::kExact) return ExactDifference(stable.data, candidate.data);
  switch (stable.type) {
    case DataType::kBool:
    case DataType::kUint8: return NumberDifference<uint8_t>(stable, candidate, options);
    case DataType::kUint16: return NumberDifference<uint16_t>(stable, candidate, options);
    case DataType::kUint32: return NumberDifference<uint32_t>(stable, candidate, options);
    case DataType::kUint64: return NumberDifference<uint64_t>(stable, candidate, options);
    case DataType::kInt8: return NumberDifference<int8_t>(stable, candidate, options);
    case DataType::kInt16: return NumberDifference<int16_t>(stable, candidate, options);
    case DataType::kInt32: return NumberDifference<int32_t>(stable, candidate, options);
    case DataType::kInt64: return NumberDifference<int64_t>(stable, candidate, options);
    case DataType::kFp16: return NumberDifference<Fp16>(stable, candidate, options);
    case DataType::kFp32: return NumberDifference<float>(stable, candidate, options);
    case DataType::kFp64: return NumberDifference<double>(stable, candidate, options);
    case DataType::kBf16: return NumberDifference<Bf16>(stable, candidate, options);
    case DataType::kBytes: break;
  }
  const bool is_short = std::max(stable.data.size(), candidate.data.size()) <= kMaxTextBytes;
  if (options.kind != CompareKind::kText || !is_short) return ExactDifference(stable.data, candidate.data);
  return TextDifference(stable.data, candidate.data, options.max_edit_share);
}

}  // namespace huidu::front
