#include "front/shadow/compare.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "front/shadow/tensor_difference.h"

namespace huidu::front {
namespace {

using Named = std::pair<std::string_view, const Output*>;

// Empty if an output is none of the signature's.
std::optional<std::vector<Named>> SortedByName(const AnswerView& answer) {
  std::vector<Named> named;
  for (const Output& output : answer.outputs) {
    if (output.index >= answer.specs.size()) return std::nullopt;
    named.emplace_back(answer.specs[output.index].name, &output);
  }
  std::sort(named.begin(), named.end());
  return named;
}

std::string Names(const std::vector<Named>& outputs) {
  std::string names;
  for (const auto& [name, output] : outputs) StrAppend(&names, names.empty() ? "" : ", ", name);
  return names;
}

std::string Description(const Output& output) { return StrCat(Name(output.type), " ", tensor::ToString(output.shape)); }

// A worker's word on the size of its own tensor is not taken on trust.
bool HasItsSize(const Output& output) {
  if (output.type == tensor::DataType::kBytes) return true;
  const absl::StatusOr<size_t> bytes = tensor::ByteSize(output.type, output.shape);
  return bytes.ok() && *bytes == output.data.size();
}

std::string OutputDifference(const Output& stable, const Output& candidate, const CompareOptions& options) {
  if (stable.type != candidate.type || stable.shape != candidate.shape) {
    return StrCat("stable gives ", Description(stable), ", the candidate ", Description(candidate));
  }
  if (!HasItsSize(stable) || !HasItsSize(candidate)) {
    return StrCat("stable gives ", stable.data.size(), " bytes, the candidate ", candidate.data.size(), " for ",
                  Description(stable));
  }
  return TensorDifference(stable, candidate, options);
}

}  // namespace

std::optional<std::string> FindDifference(const AnswerView& stable, const AnswerView& candidate,
                                          const CompareOptions& options) {
  const auto expected = SortedByName(stable);
  const auto actual = SortedByName(candidate);
  if (!expected || !actual) return "an output is not in the version's signature";
  const auto same_name = [](const Named& a, const Named& b) { return a.first == b.first; };
  if (!std::equal(expected->begin(), expected->end(), actual->begin(), actual->end(), same_name)) {
    return StrCat("stable gives ", Names(*expected), ", the candidate ", Names(*actual));
  }
  for (size_t i = 0; i < expected->size(); ++i) {
    const auto& [name, output] = (*expected)[i];
    const std::string difference = OutputDifference(*output, *(*actual)[i].second, options);
    if (!difference.empty()) return StrCat("output '", name, "': ", difference);
  }
  return std::nullopt;
}

}  // namespace huidu::front
