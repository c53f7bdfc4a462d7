#include "check/answer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/status.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "front/shadow/edit_distance.h"
#include "tensor/numbers.h"

namespace huidu::check {
namespace {

using tensor::DataType;

// Cells of the table that one comparison may fill: 20,000 by 20,000 characters.
constexpr size_t kBudget = size_t{400} << 20;

constexpr std::pair<Comparison, std::string_view> kNames[] = {{Comparison::kAuto, "auto"},
                                                              {Comparison::kExact, "exact"},
                                                              {Comparison::kEditDistance, "edit_distance"},
                                                              {Comparison::kTolerance, "tolerance"},
                                                              {Comparison::kTop1, "top1"}};

const Output* Judged(const Answer& answer, const std::string& name) {
  for (const Output& output : answer.outputs) {
    if (name.empty() ? output.type == DataType::kBytes : output.name == name) return &output;
  }
  return name.empty() && !answer.outputs.empty() ? &answer.outputs[0] : nullptr;
}

std::string Lines(const Output& output) {
  std::string lines;
  std::span<const std::byte> rest(output.data);
  for (bool first = true; rest.size() >= sizeof(uint32_t); first = false) {
    uint32_t length = 0;
    std::memcpy(&length, rest.data(), sizeof(length));
    rest = rest.subspan(sizeof(length));
    const size_t bytes = std::min<size_t>(length, rest.size());
    if (!first) lines += '\n';
    lines.append(reinterpret_cast<const char*>(rest.data()), bytes);
    rest = rest.subspan(bytes);
  }
  return lines;
}

std::vector<double> Numbers(const Output& output) {
  if (output.type == DataType::kBytes) return {};
  std::vector<double> numbers(output.data.size() / tensor::ElementSize(output.type));
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = tensor::NumberAt(output.type, output.data, i);
  return numbers;
}

std::string GreatestPlaces(const Output& output) {
  const std::vector<double> numbers = Numbers(output);
  const size_t row = output.shape.empty() ? 1 : static_cast<size_t>(std::max<int64_t>(1, output.shape.back()));
  std::string places;
  for (size_t at = 0; at + row <= numbers.size(); at += row) {
    const auto begin = numbers.begin() + static_cast<ptrdiff_t>(at);
    StrAppend(&places, places.empty() ? "" : "\n",
              std::max_element(begin, begin + static_cast<ptrdiff_t>(row)) - begin);
  }
  return places;
}

std::u32string Visible(const std::string& text) {
  std::u32string points = front::CodePoints(text);
  std::erase_if(points,
                [](char32_t c) { return c == U' ' || c == U'\n' || c == U'\t' || c == U'\r' || c == U'\u3000'; });
  return points;
}

// The share of the longer text's, or of `expected`'s, characters that are right.
double Similarity(const std::string& answer, const std::string& expected, bool of_expected) {
  if (answer == expected) return 1;
  const std::u32string a = Visible(answer), b = Visible(expected);
  if (a == b) return 1;
  const size_t length = of_expected ? b.size() : std::max(a.size(), b.size());
  if (length == 0) return 0;
  size_t budget = kBudget;
  const size_t distance = front::EditDistance(a, b, std::max(a.size(), b.size()), budget);
  return std::max(0.0, 1 - static_cast<double>(distance) / static_cast<double>(length));
}

bool IsText(const Output& output) { return output.type == DataType::kBytes; }

double NumbersAgreement(const Output& a, const Output& b, const CompareOptions& options) {
  if (a.type != b.type || a.shape != b.shape) return 0;
  if (a.data == b.data) return 1;
  const std::vector<double> left = Numbers(a), right = Numbers(b);
  if (left.empty() || left.size() != right.size()) return 0;
  size_t same = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    same += std::abs(left[i] - right[i]) <= options.absolute + options.relative * std::abs(right[i]);
  }
  return static_cast<double>(same) / static_cast<double>(left.size());
}

}  // namespace

absl::StatusOr<Comparison> ParseComparison(std::string_view name) {
  for (const auto& [comparison, known] : kNames) {
    if (known == name) return comparison;
  }
  return absl::InvalidArgumentError(
      StrCat("'", name, "' is no comparison: exact, edit_distance, tolerance, top1 or auto"));
}

std::string_view Name(Comparison comparison) {
  for (const auto& [known, name] : kNames) {
    if (known == comparison) return name;
  }
  return "";
}

std::string TextOf(const Answer& answer, const CompareOptions& options) {
  const Output* output = Judged(answer, options.output);
  if (output == nullptr) return "";
  return IsText(*output) ? Lines(*output) : GreatestPlaces(*output);
}

std::string ShownText(const Answer& answer, const CompareOptions& options, size_t most) {
  const std::string text = answer.status.ok() ? TextOf(answer, options) : StrCat("error: ", huidu::Text(answer.status));
  return std::string(utf8::Shortened(text, most));
}

double Score(const Answer& answer, const std::string& expected, const CompareOptions& options) {
  const Output* output = Judged(answer, options.output);
  if (!answer.status.ok() || output == nullptr) return 0;
  const std::string text = TextOf(answer, options);
  const bool by_distance =
      options.comparison == Comparison::kEditDistance || (options.comparison == Comparison::kAuto && IsText(*output));
  return by_distance ? Similarity(text, expected, /*of_expected=*/true) : text == expected;
}

double Agreement(const Answer& a, const Answer& b, const CompareOptions& options) {
  if (!a.status.ok() || !b.status.ok()) return a.status.code() == b.status.code();
  const Output* left = Judged(a, options.output);
  const Output* right = Judged(b, options.output);
  if (left == nullptr || right == nullptr) return left == right;
  switch (options.comparison) {
    case Comparison::kExact:
      return left->type == right->type && left->shape == right->shape && left->data == right->data;
    case Comparison::kEditDistance: return Similarity(TextOf(a, options), TextOf(b, options), false);
    case Comparison::kTop1: return TextOf(a, options) == TextOf(b, options);
    case Comparison::kTolerance: return NumbersAgreement(*left, *right, options);
    case Comparison::kAuto: break;
  }
  if (IsText(*left) && IsText(*right)) return Similarity(TextOf(a, options), TextOf(b, options), false);
  return NumbersAgreement(*left, *right, options);
}

}  // namespace huidu::check
