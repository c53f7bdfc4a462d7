#include "front/answers/expected_answer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;

absl::Status CannotCompare(const KeptOutput& output, std::string_view why) {
  return absl::InvalidArgumentError(StrCat("expected: output '", output.name, "' ", why));
}

bool IsClose(double expected, double value, const ExpectedTolerance& tolerance) {
  return std::abs(value - expected) <= tolerance.absolute + tolerance.relative * std::abs(expected);
}

// Lists in lists, as tensors are often written, as one list.
void Flatten(const json& value, std::vector<const json*>& out) {
  if (!value.is_array()) return out.push_back(&value);
  for (const json& element : value) Flatten(element, out);
}

absl::StatusOr<bool> CompareTexts(const KeptOutput& output, const std::vector<const json*>& expected) {
  if (!std::all_of(expected.begin(), expected.end(), [](const json* value) { return value->is_string(); })) {
    return CannotCompare(output, "holds texts; expected a text or a list of texts");
  }
  return std::equal(
      expected.begin(), expected.end(), output.texts.begin(), output.texts.end(),
      [](const json* value, const std::string& text) { return value->get_ref<const std::string&>() == text; });
}

absl::StatusOr<bool> ComparePlaces(const KeptOutput& output, const std::vector<const json*>& expected) {
  for (const json* value : expected) {
    if (!value->is_number_integer() || value->get<double>() < 0) {
      return CannotCompare(output, "has rows of numbers; expected for each row the place of the greatest: 0 or more");
    }
  }
  return std::equal(expected.begin(), expected.end(), output.greatest.begin(), output.greatest.end(),
                    [](const json* value, uint32_t place) { return value->get<double>() == place; });
}

absl::StatusOr<bool> CompareNumbers(const KeptOutput& output, const json& written,
                                    const std::vector<const json*>& expected, const ExpectedTolerance& tolerance) {
  if (!std::all_of(expected.begin(), expected.end(), [](const json* value) { return value->is_number(); })) {
    return CannotCompare(output, "holds numbers; expected a number or a list of numbers");
  }
  const bool all_values = expected.size() == output.values.size() && (written.is_array() || !output.has_rows());
  if (all_values) {
    return std::equal(expected.begin(), expected.end(), output.values.begin(), [&](const json* value, double number) {
      return IsClose(value->get<double>(), number, tolerance);
    });
  }
  if (output.has_rows() && expected.size() == output.greatest.size()) return ComparePlaces(output, expected);
  return CannotCompare(output,
                       StrCat("has ", output.has_rows() ? output.greatest.size() : output.values.size(),
                              output.has_rows() ? " rows" : " numbers", ", and ", expected.size(), " are expected"));
}

absl::StatusOr<bool> CompareOutput(const KeptOutput& output, const json& expected, const ExpectedTolerance& tolerance) {
  if (output.left_out) {
    return absl::FailedPreconditionError(
        StrCat("expected: output '", output.name, "' was too large to be kept; say correct: true or false instead"));
  }
  std::vector<const json*> flat;
  Flatten(expected, flat);
  if (output.is_text) return CompareTexts(output, flat);
  return CompareNumbers(output, expected, flat, tolerance);
}

absl::StatusOr<bool> CompareNamed(const KeptAnswer& answer, const json& expected, const ExpectedTolerance& tolerance) {
  if (expected.empty()) return absl::InvalidArgumentError("expected: names no output");
  bool all = true;
  for (const auto& [name, value] : expected.items()) {
    const auto output = std::find_if(answer.outputs.begin(), answer.outputs.end(),
                                     [&, &wanted = name](const KeptOutput& kept) { return kept.name == wanted; });
    if (output == answer.outputs.end()) {
      return absl::InvalidArgumentError(StrCat("expected: the answer has no output '", name.substr(0, 64), "'"));
    }
    HUIDU_ASSIGN_OR_RETURN(const bool same, CompareOutput(*output, value, tolerance));
    all = all && same;
  }
  return all;
}

bool IsText(const json& expected) {
  if (expected.is_array()) return !expected.empty() && IsText(expected.front());
  return expected.is_string();
}

bool IsNumber(const json& expected) {
  if (expected.is_array()) return !expected.empty() && IsNumber(expected.front());
  return expected.is_number();
}

}  // namespace

absl::StatusOr<bool> IsExpected(const KeptAnswer& answer, const json& expected, const ExpectedTolerance& tolerance) {
  if (expected.is_object()) return CompareNamed(answer, expected, tolerance);
  const bool text = IsText(expected);
  if (!text && !IsNumber(expected)) {
    return absl::InvalidArgumentError("expected: a text, a number, a list of them, or an object of outputs by name");
  }
  const auto output = std::find_if(answer.outputs.begin(), answer.outputs.end(),
                                   [&](const KeptOutput& kept) { return kept.is_text == text; });
  if (output == answer.outputs.end()) {
    return absl::InvalidArgumentError(StrCat("expected: the answer has no output of ", text ? "texts" : "numbers"));
  }
  return CompareOutput(*output, expected, tolerance);
}

}  // namespace huidu::front
