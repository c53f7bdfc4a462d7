#include "cli/infer/make_inputs.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/status.h"
#include "cli/infer/json_tensor.h"
#include "cli/infer/npy.h"

namespace huidu::cli {
namespace {

using tensor::DataType;
using tensor::Spec;
using Shapes = std::map<std::string, tensor::Shape>;

std::string NamesOf(const std::vector<Spec>& inputs) {
  std::string names;
  for (const Spec& input : inputs) StrAppend(&names, names.empty() ? "" : ", ", input.name);
  return names;
}

// "name=value", or "value" for the model's only input.
absl::StatusOr<std::pair<const Spec*, std::string>> SplitAssignment(const std::string& text,
                                                                    const std::vector<Spec>& inputs) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos && inputs.size() == 1) return std::pair(&inputs[0], text);
  const std::string name = text.substr(0, equals);
  const auto found = std::find_if(inputs.begin(), inputs.end(), [&](const Spec& input) { return input.name == name; });
  if (equals == std::string::npos || found == inputs.end()) {
    return absl::InvalidArgumentError(
        StrCat("'", text, "': expected NAME=VALUE with one of the model's inputs: ", NamesOf(inputs)));
  }
  return std::pair(&*found, text.substr(equals + 1));
}

absl::StatusOr<tensor::Shape> ParseDimensions(std::string_view text) {
  tensor::Shape shape;
  while (true) {
    const size_t comma = std::min(text.find(','), text.size());
    int64_t dimension = 0;
    if (!absl::SimpleAtoi(std::string(text.substr(0, comma)), &dimension) || dimension < 0 ||
        shape.size() == tensor::kMaxRank) {
      return absl::InvalidArgumentError(StrCat("shape '", text, "': expected whole numbers such as 1,3,48,320"));
    }
    shape.push_back(dimension);
    if (comma == text.size()) return shape;
    text.remove_prefix(comma + 1);
  }
}

absl::StatusOr<Shapes> ParseShapes(const std::vector<std::string>& texts, const std::vector<Spec>& inputs) {
  Shapes shapes;
  for (const std::string& text : texts) {
    HUIDU_ASSIGN_OR_RETURN(const auto assignment, SplitAssignment(text, inputs));
    HUIDU_ASSIGN_OR_RETURN(shapes[assignment.first->name], ParseDimensions(assignment.second));
  }
  return shapes;
}

// The given shape, else the model's; a first open dimension is 1, another one must be given.
absl::StatusOr<tensor::Shape> FixedShape(const Spec& input, const Shapes& shapes) {
  if (const auto given = shapes.find(input.name); given != shapes.end()) return given->second;
  tensor::Shape shape = input.shape;
  if (!shape.empty() && shape[0] < 0) shape[0] = 1;
  if (std::all_of(shape.begin(), shape.end(), [](int64_t dimension) { return dimension >= 0; })) return shape;
  return absl::InvalidArgumentError(StrCat("input '", input.name, "' is ", tensor::ToString(input.shape),
                                           "; fix its open dimensions with --shape ", input.name, "=…"));
}

// Raw bytes: as many elements as there are, in the given shape or in the model's with its one open dimension filled in.
absl::StatusOr<NamedTensor> FromRaw(const Spec& input, const Shapes& shapes, std::string data) {
  const size_t element = tensor::ElementSize(input.type);
  tensor::Shape shape = input.shape;
  if (const auto given = shapes.find(input.name); given != shapes.end()) {
    shape = given->second;
  } else if (std::count(shape.begin(), shape.end(), tensor::kDynamic) == 1 && element > 0) {
    auto open = std::find(shape.begin(), shape.end(), tensor::kDynamic);
    *open = 1;
    HUIDU_ASSIGN_OR_RETURN(const int64_t rest, tensor::ElementCount(shape));
    *open = static_cast<int64_t>(data.size() / element) / std::max<int64_t>(rest, 1);
  } else {
    HUIDU_ASSIGN_OR_RETURN(shape, FixedShape(input, shapes));
  }
  return NamedTensor{input.name, input.type, std::move(shape), std::move(data)};
}

absl::StatusOr<NamedTensor> FromFile(const Spec& input, const std::string& path, const Shapes& shapes) {
  HUIDU_ASSIGN_OR_RETURN(std::string contents, ReadFile(path));
  absl::StatusOr<NamedTensor> tensor;
  if (path.ends_with(".npy")) {
    tensor = ParseNpy(contents);
  } else if (path.ends_with(".json")) {
    const auto json = nlohmann::ordered_json::parse(contents, nullptr, false);
    tensor = json.is_discarded() ? absl::InvalidArgumentError("not JSON") : TensorFromJson(json, input.type);
  } else if (path.ends_with(".bin")) {
    tensor = FromRaw(input, shapes, std::move(contents));
  } else {
    tensor = absl::InvalidArgumentError("the name ends in none of .npy, .json, .bin");
  }
  if (!tensor.ok()) return Annotate(tensor.status(), path);
  tensor->name = input.name;
  return tensor;
}

template <typename T>
void Fill(NamedTensor& tensor, int64_t count, const std::function<T()>& next) {
  tensor.data.resize(static_cast<size_t>(count) * sizeof(T));
  for (int64_t i = 0; i < count; ++i) {
    const T value = next();
    std::memcpy(tensor.data.data() + static_cast<size_t>(i) * sizeof(T), &value, sizeof(T));
  }
}

// Numbers from 0 to 1 for FP32 and FP64, 0 and 1 for everything else: small enough for any table of ids.
absl::StatusOr<NamedTensor> Random(const Spec& input, const Shapes& shapes, uint64_t seed) {
  NamedTensor tensor{input.name, input.type, {}, {}};
  HUIDU_ASSIGN_OR_RETURN(tensor.shape, FixedShape(input, shapes));
  HUIDU_ASSIGN_OR_RETURN(const int64_t count, tensor::ElementCount(tensor.shape));
  if (static_cast<uint64_t>(count) > kMaxInputBytes / 8) {
    return absl::InvalidArgumentError(StrCat("input '", input.name, "' would be too large"));
  }
  std::mt19937_64 random(seed);
  const auto unit = [&random] { return static_cast<double>(random() >> 11) * 0x1.0p-53; };
  switch (input.type) {
    case DataType::kFp32: Fill<float>(tensor, count, [&] { return static_cast<float>(unit()); }); break;
    case DataType::kFp64: Fill<double>(tensor, count, unit); break;
    case DataType::kBytes: tensor.data.assign(static_cast<size_t>(count) * 4, '\0'); break;  // empty strings
    case DataType::kFp16:
    case DataType::kBf16: tensor.data.assign(static_cast<size_t>(count) * 2, '\0'); break;
    default: {
      const size_t size = tensor::ElementSize(input.type);
      tensor.data.assign(static_cast<size_t>(count) * size, '\0');
      for (size_t i = 0; i < static_cast<size_t>(count); ++i) tensor.data[i * size] = static_cast<char>(random() & 1);
    }
  }
  return tensor;
}

absl::StatusOr<NamedTensor> FromImage(const InputSources& sources, const std::vector<Spec>& inputs) {
  if (inputs.size() != 1) {
    return absl::InvalidArgumentError(
        StrCat("a picture needs a model with one input; this one has: ", NamesOf(inputs)));
  }
  HUIDU_ASSIGN_OR_RETURN(const std::string file, ReadFile(sources.image, size_t{64} << 20));
  const auto image = DecodeImage(file);
  if (!image.ok()) return Annotate(image.status(), sources.image);
  return ImageTensor(*image, inputs[0], sources.image_options);
}

}  // namespace

absl::StatusOr<std::vector<NamedTensor>> MakeInputs(const InputSources& sources, const std::vector<Spec>& inputs) {
  HUIDU_ASSIGN_OR_RETURN(const Shapes shapes, ParseShapes(sources.shapes, inputs));
  std::vector<NamedTensor> tensors;
  if (!sources.image.empty()) {
    HUIDU_ASSIGN_OR_RETURN(NamedTensor tensor, FromImage(sources, inputs));
    tensors.push_back(std::move(tensor));
  }
  for (const std::string& text : sources.files) {
    HUIDU_ASSIGN_OR_RETURN(const auto assignment, SplitAssignment(text, inputs));
    HUIDU_ASSIGN_OR_RETURN(NamedTensor tensor, FromFile(*assignment.first, assignment.second, shapes));
    tensors.push_back(std::move(tensor));
  }
  for (const Spec& input : inputs) {
    const bool given = std::any_of(tensors.begin(), tensors.end(),
                                   [&](const NamedTensor& tensor) { return tensor.name == input.name; });
    if (given || !sources.random) continue;
    HUIDU_ASSIGN_OR_RETURN(NamedTensor tensor, Random(input, shapes, *sources.random));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace huidu::cli
