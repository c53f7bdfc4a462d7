#include "task/text_classification/network.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/strings.h"
#include "task/text/parameter_shapes.h"

namespace huidu::task::text_classification {
namespace {

using tensor::DataType;

bool Fits(int64_t dimension, size_t expected) {
  return dimension == tensor::kDynamic || dimension == static_cast<int64_t>(expected);
}

bool TakesNumbers(const tensor::Spec& spec, size_t length) {
  return (spec.type == DataType::kInt64 || spec.type == DataType::kInt32) &&
         (spec.any_rank || (spec.shape.size() == 2 && Fits(spec.shape[1], length)));
}

bool GivesScores(const tensor::Spec& spec, size_t labels) {
  return spec.type == DataType::kFp32 && (spec.any_rank || (spec.shape.size() == 2 && Fits(spec.shape[1], labels)));
}

bool TakesLengthsOrMask(const tensor::Spec& spec, size_t length) {
  const bool type = spec.type == DataType::kInt64 || spec.type == DataType::kInt32 || spec.type == DataType::kFp32;
  return type && !spec.any_rank && (spec.shape.size() == 1 || (spec.shape.size() == 2 && Fits(spec.shape[1], length)));
}

void Describe(std::string* out, const tensor::Spec& spec) {
  *out += StrCat(spec.name, " ", tensor::Name(spec.type), tensor::ToString(spec.shape));
}

// Numbers as bytes of the type that the network wants.
std::vector<std::byte> As(DataType type, std::span<const int64_t> numbers) {
  std::vector<std::byte> bytes;
  const auto copy = [&](auto zero) {
    const std::vector<decltype(zero)> values(numbers.begin(), numbers.end());
    const auto raw = std::as_bytes(std::span(values));
    bytes.assign(raw.begin(), raw.end());
  };
  if (type == DataType::kInt32)
    copy(int32_t{0});
  else if (type == DataType::kFp32)
    copy(float{0});
  else
    copy(int64_t{0});
  return bytes;
}

std::vector<int64_t> SecondInput(Form::Second second, std::span<const Row> rows) {
  std::vector<int64_t> values;
  for (const Row& row : rows) {
    if (second == Form::Second::kLengths) {
      values.push_back(static_cast<int64_t>(row.length));
      continue;
    }
    values.insert(values.end(), row.length, 1);
    values.insert(values.end(), row.numbers.size() - row.length, 0);
  }
  return values;
}

}  // namespace

absl::StatusOr<Form> FormOf(const engine::Signature& signature, size_t length, size_t labels) {
  const auto& inputs = signature.inputs;
  const bool fits = !signature.outputs.empty() && GivesScores(signature.outputs[0], labels) &&
                    (inputs.size() == 1 || inputs.size() == 2) && TakesNumbers(inputs[0], length) &&
                    (inputs.size() == 1 || TakesLengthsOrMask(inputs[1], length));
  if (!fits) {
    return absl::FailedPreconditionError(
        StrCat("the network takes ", absl::StrJoin(inputs, ", ", Describe), " and gives ",
               absl::StrJoin(signature.outputs, ", ", Describe),
               "; text_classification needs one that takes INT64 or INT32 [-1,", length,
               "], at most lengths [-1] or a mask of the same shape behind it, and gives FP32 [-1,", labels,
               "], by the setting max_length and the lines of labels"));
  }
  Form form{.numbers = inputs[0].type};
  if (inputs.size() == 1) return form;
  form.second = inputs[1].shape.size() == 1 ? Form::Second::kLengths : Form::Second::kMask;
  form.second_type = inputs[1].type;
  return form;
}

absl::Status CheckTables(const std::string& directory, const std::string& vocabulary_path, int64_t tokens) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".pdiparams" && entry.path().filename() != "__params__") continue;
    HUIDU_ASSIGN_OR_RETURN(const std::vector<tensor::Shape> shapes, text::ReadParameterShapes(entry.path().string()));
    const auto is_table = [&](const tensor::Shape& shape) { return shape.size() == 2 && shape[0] == tokens; };
    if (std::any_of(shapes.begin(), shapes.end(), is_table)) continue;
    const auto quote = [](std::string* out, const tensor::Shape& shape) { *out += tensor::ToString(shape); };
    return absl::FailedPreconditionError(StrCat(
        vocabulary_path, " has ", tokens, " tokens, but no table of the network (", entry.path().filename().string(),
        ": ", absl::StrJoin(shapes, " ", quote), ") has as many rows: this is the vocabulary of another network"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> Network::Run(std::span<const Row> rows) {
  std::vector<int64_t> numbers;
  for (const Row& row : rows) numbers.insert(numbers.end(), row.numbers.begin(), row.numbers.end());
  const auto count = static_cast<int64_t>(rows.size());
  const tensor::Shape shape = {count, static_cast<int64_t>(rows[0].numbers.size())};
  const std::vector<std::byte> first = As(form_.numbers, numbers);
  std::vector<tensor::View> views = {{form_.numbers, shape, first, {}}};
  std::vector<std::byte> second;
  if (form_.second != Form::Second::kNone) {
    second = As(form_.second_type, SecondInput(form_.second, rows));
    const bool lengths = form_.second == Form::Second::kLengths;
    views.push_back({form_.second_type, lengths ? tensor::Shape{count} : shape, second, {}});
  }
  HUIDU_RETURN_IF_ERROR(instance_->Run(views, output_));
  const tensor::Shape expected = {count, static_cast<int64_t>(labels_)};
  if (output_.type() == DataType::kFp32 && output_.shape() == expected) return output_.Values<float>();
  return absl::InternalError(StrCat("the network answered ", tensor::Name(output_.type()),
                                    tensor::ToString(output_.shape()), "; expected is FP32", tensor::ToString(expected),
                                    ", a score for each label"));
}

}  // namespace huidu::task::text_classification
