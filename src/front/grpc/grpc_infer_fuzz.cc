// Whatever bytes come as a ModelInferRequest: they are refused with a reason, or become a payload whose inputs are
// exactly as long as they claim. The sanitizers watch the rest.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "front/grpc/convert.h"

namespace huidu::front::rpc {
namespace {

using tensor::DataType;

// One input of each kind that is checked in its own way.
engine::Signature SmallSignature() {
  engine::Signature signature;
  signature.inputs = {{.name = "x", .type = DataType::kFp32, .shape = {tensor::kDynamic, 2}},
                      {.name = "words", .type = DataType::kInt64, .shape = {tensor::kDynamic, 1}, .lod_level = 1},
                      {.name = "text", .type = DataType::kBytes, .shape = {tensor::kDynamic}},
                      {.name = "small", .type = DataType::kInt8, .any_rank = true}};
  signature.outputs = {{.name = "y", .type = DataType::kFp32, .shape = {tensor::kDynamic}}};
  return signature;
}

// Also with the request's own names and types, so that a lucky guess of the signature is not needed to get further.
engine::Signature SignatureOf(const inference::ModelInferRequest& request) {
  engine::Signature signature;
  for (const auto& input : request.inputs()) {
    const std::optional<DataType> type = tensor::FromName(input.datatype());
    signature.inputs.push_back(
        {.name = input.name(), .type = type.value_or(DataType::kFp32), .any_rank = true, .lod_level = 1});
  }
  for (const auto& output : request.outputs()) signature.outputs.push_back({.name = output.name()});
  return signature;
}

void TryAgainst(const inference::ModelInferRequest& request, engine::Signature signature) {
  static const std::shared_ptr<ipc::Arena> arena = ipc::Arena::Create("fuzz", size_t{1} << 20, false).value();
  const Servable servable("m", "v1", std::move(signature), arena);
  const absl::StatusOr<RequestView> view = View(request);
  if (!view.ok()) return;
  const absl::StatusOr<std::shared_ptr<Payload>> payload = NewPayload(servable, view->inputs, view->outputs);
  if (!payload.ok()) return;
  for (size_t i = 0; i < view->inputs.size(); ++i) {
    const std::span<std::byte> bytes = InputBytes(servable, **payload, i);
    if (bytes.size() != view->inputs[i].bytes) std::abort();
    // A buffer of its own, so that one byte too many is seen.
    std::vector<std::byte> exact(bytes.size());
    if (!CopyInput(request, i, exact).ok()) return;
    std::copy(exact.begin(), exact.end(), bytes.begin());
  }
  (void)CheckContents(servable, **payload);
}

}  // namespace
}  // namespace huidu::front::rpc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  inference::ModelInferRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  (void)huidu::front::rpc::Timeout(request);
  huidu::front::rpc::TryAgainst(request, huidu::front::rpc::SmallSignature());
  if (request.inputs_size() <= 16) {
    huidu::front::rpc::TryAgainst(request, huidu::front::rpc::SignatureOf(request));
  }
  return 0;
}
