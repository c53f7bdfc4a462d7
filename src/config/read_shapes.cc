#include "config/read_shapes.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/strings.h"

namespace huidu::config {
namespace {

using Dims = google::protobuf::RepeatedField<int64_t>;

constexpr int kMostDims = 16;
constexpr int kMostInputs = 256;
constexpr int64_t kMostElements = 1LL << 30;

// "" if the dimensions are those of a tensor that can be made, else what is wrong.
std::string WrongDims(const Dims& dims) {
  if (dims.size() > kMostDims) return StrCat("at most ", kMostDims, " dimensions");
  int64_t elements = 1;
  for (const int64_t dim : dims) {
    if (dim < 1) return StrCat("dimension ", dim, "; each is 1 or more");
    if (dim > kMostElements / elements) return StrCat("more than ", kMostElements, " elements");
    elements *= dim;
  }
  return "";
}

// Checks the name of input `index` of a list: given, and not twice.
template <typename M>
void CheckInput(const Located<M>& source, int field, std::set<std::string>& seen) {
  const std::string& input = source.message.input();
  if (input.empty()) source.Fault(field, "input is missing; write the name of one of the model's inputs");
  if (!seen.insert(input).second) source.Fault(field, StrCat("input '", input, "' is given twice"));
}

// "" if the three belong together, else what is wrong.
std::string WrongRange(const proto::ShapeRange& range) {
  for (const Dims* dims : {&range.min(), &range.opt(), &range.max()}) {
    if (std::string wrong = WrongDims(*dims); !wrong.empty()) return wrong;
  }
  if (range.min().empty() || range.min_size() != range.opt_size() || range.min_size() != range.max_size()) {
    return "min, opt and max have the same number of dimensions, at least one";
  }
  for (int i = 0; i < range.min_size(); ++i) {
    if (range.min(i) > range.opt(i) || range.opt(i) > range.max(i)) {
      return StrCat("dimension ", i, ": min ", range.min(i), ", opt ", range.opt(i), ", max ", range.max(i),
                    " do not rise");
    }
  }
  return "";
}

}  // namespace

std::vector<InputShape> ReadInputShapes(const Located<proto::Warmup>& source) {
  constexpr int kField = proto::Warmup::kShapesFieldNumber;
  std::vector<InputShape> shapes;
  std::set<std::string> seen;
  for (int i = 0; i < std::min(source.message.shapes_size(), kMostInputs); ++i) {
    const proto::InputShape& written = source.message.shapes(i);
    const auto located = source.Child(kField, i, written);
    CheckInput(located, proto::InputShape::kInputFieldNumber, seen);
    if (const std::string wrong = WrongDims(written.dims()); !wrong.empty()) {
      located.Fault(proto::InputShape::kDimsFieldNumber, StrCat("dims: ", wrong));
    }
    shapes.push_back({written.input(), {written.dims().begin(), written.dims().end()}});
  }
  if (source.message.shapes_size() > kMostInputs) {
    source.FaultAt(kField, kMostInputs, StrCat("at most ", kMostInputs, " shapes"));
  }
  return shapes;
}

std::vector<engine::ShapeRange> ReadShapeRanges(const Located<proto::TensorRt>& source) {
  constexpr int kField = proto::TensorRt::kShapesFieldNumber;
  std::vector<engine::ShapeRange> ranges;
  std::set<std::string> seen;
  for (int i = 0; i < std::min(source.message.shapes_size(), kMostInputs); ++i) {
    const proto::ShapeRange& written = source.message.shapes(i);
    const auto located = source.Child(kField, i, written);
    CheckInput(located, proto::ShapeRange::kInputFieldNumber, seen);
    if (const std::string wrong = WrongRange(written); !wrong.empty()) {
      located.Fault(proto::ShapeRange::kMinFieldNumber, StrCat("shapes: ", wrong));
    }
    ranges.push_back({written.input(),
                      {written.min().begin(), written.min().end()},
                      {written.opt().begin(), written.opt().end()},
                      {written.max().begin(), written.max().end()}});
  }
  if (source.message.shapes_size() > kMostInputs) {
    source.FaultAt(kField, kMostInputs, StrCat("at most ", kMostInputs, " shapes"));
  }
  return ranges;
}

}  // namespace huidu::config
