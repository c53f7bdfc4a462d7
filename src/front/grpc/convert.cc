#include "front/grpc/convert.h"

#include <cstring>
#include <limits>

#include "base/status.h"
#include "base/strings.h"
#include "front/grpc/typed_contents.h"

namespace huidu::front::rpc {
namespace {

using inference::InferParameter;
using inference::ModelInferRequest;
using Input = ModelInferRequest::InferInputTensor;
using WantedOutput = ModelInferRequest::InferRequestedOutputTensor;

constexpr std::string_view kNoSharedMemory =
    "shared memory of the client is not supported, send the bytes in the request";

absl::Status CheckCounts(const ModelInferRequest& request) {
  const auto too_many = [](std::string_view what, int count) {
    return absl::InvalidArgumentError(
        StrCat("the request has ", count, " ", what, ", at most ", tensor::kMaxTensors, " are taken"));
  };
  constexpr int kMax = static_cast<int>(tensor::kMaxTensors);
  if (request.inputs_size() > kMax) return too_many("inputs", request.inputs_size());
  if (request.outputs_size() > kMax) return too_many("outputs", request.outputs_size());
  if (request.raw_input_contents_size() != 0 && request.raw_input_contents_size() != request.inputs_size()) {
    return absl::InvalidArgumentError(StrCat("raw_input_contents has ", request.raw_input_contents_size(),
                                             " entries for ", request.inputs_size(),
                                             " inputs; there must be one for every input, or none"));
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> ContentBytes(const ModelInferRequest& request, int i) {
  const Input& input = request.inputs(i);
  if (request.raw_input_contents_size() == 0) return TypedBytes(input);
  if (HasTypedContents(input)) {
    return absl::InvalidArgumentError(StrCat(
        "input '", input.name(), "': has typed contents though the request has raw_input_contents; use one of them"));
  }
  return request.raw_input_contents(i).size();
}

absl::StatusOr<std::vector<uint64_t>> Lod(const Input& input) {
  const auto found = input.parameters().find("lod");
  if (found == input.parameters().end()) return std::vector<uint64_t>();
  absl::StatusOr<std::vector<uint64_t>> lod = ParseLod(found->second.string_param());
  if (!lod.ok()) return Annotate(lod.status(), StrCat("input '", input.name(), "'"));
  return lod;
}

absl::StatusOr<InputDescription> Describe(const ModelInferRequest& request, int i) {
  const Input& input = request.inputs(i);
  if (input.parameters().contains("shared_memory_region")) {
    return absl::InvalidArgumentError(StrCat("input '", input.name(), "': ", kNoSharedMemory));
  }
  InputDescription description;
  description.name = input.name();
  description.datatype = input.datatype();
  description.shape.assign(input.shape().begin(), input.shape().end());
  HUIDU_ASSIGN_OR_RETURN(description.bytes, ContentBytes(request, i));
  HUIDU_ASSIGN_OR_RETURN(description.lod, Lod(input));
  return description;
}

absl::Status CheckWanted(const WantedOutput& output) {
  if (output.parameters().contains("shared_memory_region")) {
    return absl::InvalidArgumentError(StrCat("output '", output.name(), "': ", kNoSharedMemory));
  }
  if (output.parameters().contains("classification")) {
    return absl::InvalidArgumentError(StrCat(
        "output '", output.name(), "': the classification extension is not supported, ask for the tensor itself"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RequestView> View(const ModelInferRequest& request) {
  HUIDU_RETURN_IF_ERROR(CheckCounts(request));
  RequestView view;
  view.inputs.reserve(static_cast<size_t>(request.inputs_size()));
  for (int i = 0; i < request.inputs_size(); ++i) {
    HUIDU_ASSIGN_OR_RETURN(InputDescription description, Describe(request, i));
    view.inputs.push_back(std::move(description));
  }
  for (const WantedOutput& output : request.outputs()) {
    HUIDU_RETURN_IF_ERROR(CheckWanted(output));
    view.outputs.push_back(output.name());
  }
  return view;
}

std::string_view UserId(const ModelInferRequest& request) {
  const auto found = request.parameters().find("user_id");
  return found == request.parameters().end() ? std::string_view() : std::string_view(found->second.string_param());
}

absl::StatusOr<std::optional<std::chrono::nanoseconds>> Timeout(const ModelInferRequest& request) {
  const auto found = request.parameters().find("timeout");
  if (found == request.parameters().end()) return std::nullopt;
  // Beyond this the product below would not fit; 292 years are no limit to anybody.
  constexpr int64_t kMaxMicros = std::numeric_limits<int64_t>::max() / 1000;
  int64_t micros = -1;
  if (found->second.has_int64_param()) micros = found->second.int64_param();
  if (found->second.has_uint64_param() && found->second.uint64_param() <= uint64_t{kMaxMicros}) {
    micros = static_cast<int64_t>(found->second.uint64_param());
  }
  if (micros < 0 || micros > kMaxMicros) {
    return absl::InvalidArgumentError("parameter 'timeout' must be a whole number of microseconds, 0 or more");
  }
  if (micros == 0) return std::nullopt;
  return std::chrono::microseconds(micros);
}

absl::Status CopyInput(const ModelInferRequest& request, size_t i, std::span<std::byte> out) {
  const int index = static_cast<int>(i);
  if (request.raw_input_contents_size() == 0) return CopyTyped(request.inputs(index), out);
  const std::string& raw = request.raw_input_contents(index);
  if (!raw.empty()) std::memcpy(out.data(), raw.data(), raw.size());
  return absl::OkStatus();
}

absl::Status FillHead(const Result& result, std::string_view request_id, inference::ModelInferResponse& response) {
  const Servable& servable = *result.servable;
  const std::vector<tensor::Spec>& specs = servable.signature().outputs;
  response.set_model_name(servable.model());
  response.set_model_version(servable.version());
  response.set_id(request_id.data(), request_id.size());
  for (const Output& output : result.answer.outputs) {
    if (output.index >= specs.size()) {
      return absl::InternalError(StrCat("the worker of ", servable.model(), " version ", servable.version(),
                                        " answered output ", output.index, " of ", specs.size()));
    }
    auto* tensor = response.add_outputs();
    tensor->set_name(specs[output.index].name);
    const std::string_view datatype = tensor::Name(output.type);
    tensor->set_datatype(datatype.data(), datatype.size());
    tensor->mutable_shape()->Add(output.shape.begin(), output.shape.end());
  }
  return absl::OkStatus();
}

void AddContents(const Answer& answer, inference::ModelInferResponse& response) {
  for (const Output& output : answer.outputs) {
    response.add_raw_output_contents(output.data.data(), output.data.size());
  }
}

}  // namespace huidu::front::rpc
