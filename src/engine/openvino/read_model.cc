#include "engine/openvino/read_model.h"

#include <algorithm>
#include <fstream>
#include <openvino/frontend/manager.hpp>

#include "absl/strings/strip.h"
#include "base/status.h"
#include "base/strings.h"
#include "engine/openvino/element_types.h"
#include "engine/support/errors.h"

namespace huidu::engine::openvino {
namespace {

using ov::frontend::FrontEnd;

// The reader of a format is named, not left to OpenVINO's guess: it would show bytes from outside to the parsers of
// every format it knows, and it goes by the file's name, so it refuses `__model__`. Weights are read, not mapped: a
// file that shrinks while it is mapped kills the process.
std::shared_ptr<ov::Model> ReadOnnx(const LoadOptions& options) {
  const FrontEnd::Ptr frontend = ov::frontend::FrontEndManager().load_by_framework("onnx");
  return frontend->convert(frontend->load(options.program_file));
}

std::shared_ptr<ov::Model> ReadPaddle(const LoadOptions& options) {
  std::ifstream program(options.program_file, std::ios::binary);
  std::ifstream params(options.params_file, std::ios::binary);
  const FrontEnd::Ptr frontend = ov::frontend::FrontEndManager().load_by_framework("paddle");
  return frontend->convert(frontend->load(static_cast<std::istream*>(&program), static_cast<std::istream*>(&params)));
}

std::shared_ptr<ov::Model> ReadIr(const LoadOptions& options) {
  const FrontEnd::Ptr frontend = ov::frontend::FrontEndManager().load_by_framework("ir");
  return frontend->convert(frontend->load(options.program_file, options.params_file));
}

std::shared_ptr<ov::Model> ReadFormat(const LoadOptions& options) {
  if (options.format == Format::kOnnx) return ReadOnnx(options);
  return options.format == Format::kOpenVinoIr ? ReadIr(options) : ReadPaddle(options);
}

bool Reads(Format format) {
  return format == Format::kOnnx || format == Format::kOpenVinoIr || format == Format::kPaddle ||
         format == Format::kPaddleCombined;
}

// A tensor may carry several names, of which one is the model's own: the front ends call the graph's ends
// "<name>", "<name>/Result" (Paddle) and "<name>/sink_port_0" (ONNX).
std::string OwnName(const ov::Output<const ov::Node>& port) {
  const std::string& node = port.get_node()->get_friendly_name();
  const std::unordered_set<std::string>& names = port.get_names();
  if (names.empty()) return node;
  std::string own(absl::StripSuffix(absl::StripSuffix(node, "/sink_port_0"), "/Result"));
  return names.contains(own) ? own : *std::min_element(names.begin(), names.end());
}

tensor::Shape ShapeOf(const ov::PartialShape& shape) {
  tensor::Shape dims;
  for (const ov::Dimension& dim : shape) dims.push_back(dim.is_static() ? dim.get_length() : tensor::kDynamic);
  return dims;
}

absl::Status AddSpec(const ov::Output<const ov::Node>& port, const char* direction, std::vector<tensor::Spec>& specs) {
  tensor::Spec& spec = specs.emplace_back();
  spec.name = OwnName(port);
  const auto type = FromOpenVino(port.get_element_type());
  if (!type.has_value()) {
    return absl::InvalidArgumentError(StrCat(direction, " '", spec.name, "' is of type ",
                                             port.get_element_type().get_type_name(),
                                             ", which cannot be sent over the network"));
  }
  spec.type = *type;
  const ov::PartialShape& shape = port.get_partial_shape();
  spec.any_rank = shape.rank().is_dynamic();
  if (!spec.any_rank) spec.shape = ShapeOf(shape);
  return absl::OkStatus();
}

std::string Platform(Format format) {
  if (format == Format::kOnnx) return "openvino_onnx";
  return format == Format::kOpenVinoIr ? "openvino_ir" : "openvino_paddle";
}

}  // namespace

absl::StatusOr<std::shared_ptr<ov::Model>> ReadModel(const LoadOptions& options) {
  if (!Reads(options.format)) {
    return absl::InvalidArgumentError(
        StrCat(options.program_file,
               ": OpenVINO reads ONNX, OpenVINO IR, *.pdmodel + *.pdiparams and __model__ + __params__; "
               "use the paddle engine for this one"));
  }
  HUIDU_RETURN_IF_ERROR(CheckProgram(options.program_file));
  if (options.format != Format::kOnnx) HUIDU_RETURN_IF_ERROR(CheckReadable(options.params_file));
  try {
    return ReadFormat(options);
  } catch (...) {
    return CurrentException(absl::StatusCode::kInvalidArgument, options.program_file);
  }
}

absl::StatusOr<Signature> ReadSignature(const ov::Model& model, Format format) {
  Signature signature{.platform = Platform(format)};
  for (const auto& port : model.inputs()) HUIDU_RETURN_IF_ERROR(AddSpec(port, "input", signature.inputs));
  for (const auto& port : model.outputs()) HUIDU_RETURN_IF_ERROR(AddSpec(port, "output", signature.outputs));
  return signature;
}

}  // namespace huidu::engine::openvino
