#include "front/samples/copy_request.h"

#include "base/strings.h"
#include "front/router/payload.h"

namespace huidu::front {
namespace {

using samples::Sample;
using samples::SampleTensor;

std::string Bytes(std::span<const std::byte> data) {
  return std::string(reinterpret_cast<const char*>(data.data()), data.size());
}

std::vector<SampleTensor> CopyInputs(const Servable& servable, const Payload& payload) {
  std::vector<SampleTensor> inputs;
  const std::vector<tensor::Spec>& specs = servable.signature().inputs;
  for (size_t i = 0; i < payload.inputs.size(); ++i) {
    const ipc::InputRef& ref = payload.inputs[i];
    if (ref.index >= specs.size()) continue;
    SampleTensor& input = inputs.emplace_back();
    input.name = specs[ref.index].name;
    input.type = static_cast<tensor::DataType>(ref.type);
    input.shape = ref.shape;
    input.lod = ref.lod;
    input.data = Bytes(InputBytes(servable, payload, i));
  }
  return inputs;
}

std::vector<SampleTensor> CopyOutputs(const Servable& servable, std::span<const Output> outputs) {
  std::vector<SampleTensor> copies;
  const std::vector<tensor::Spec>& specs = servable.signature().outputs;
  for (const Output& output : outputs) {
    if (output.index >= specs.size()) continue;
    SampleTensor& copy = copies.emplace_back();
    copy.name = specs[output.index].name;
    copy.type = output.type;
    copy.shape = output.shape;
    copy.data = Bytes(output.data);
  }
  return copies;
}

void SetVersion(Sample& sample, const Servable& servable, const RequestIdentity* identity) {
  sample.model = servable.model();
  sample.version = servable.version();
  sample.content_hash = servable.content_hash();
  sample.time_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  if (identity == nullptr) return;
  sample.request_id = identity->request_id;
  sample.user = identity->user;
}

std::string ErrorOf(const absl::Status& status) { return std::string(Text(status).substr(0, samples::kMaxErrorBytes)); }

}  // namespace

size_t BytesOf(const Payload& payload) {
  size_t bytes = 0;
  for (const ipc::InputRef& input : payload.inputs) bytes += input.bytes;
  return bytes;
}

size_t BytesOf(std::span<const Output> outputs) {
  size_t bytes = 0;
  for (const Output& output : outputs) bytes += output.data.size();
  return bytes;
}

Sample CopyRequest(const FinishedRequest& request) {
  Sample sample;
  const bool rescued = request.failed != nullptr && request.failed != &request.servable;
  SetVersion(sample, rescued ? *request.failed : request.servable, request.identity);
  sample.route = Name(request.reason);
  sample.error = ErrorOf(request.failure != nullptr ? *request.failure : request.answer.status);
  sample.total_ns = request.total_ns;
  sample.queue_ns = request.answer.queue_ns;
  sample.inference_ns = request.answer.infer_ns;
  sample.inputs = CopyInputs(request.servable, request.payload);
  (rescued ? sample.answer : sample.outputs) = CopyOutputs(request.servable, request.answer.outputs);
  if (rescued) sample.answered_by = request.servable.version();
  return sample;
}

Sample CopyDisagreement(const Disagreement& disagreement) {
  Sample sample;
  SetVersion(sample, disagreement.candidate, disagreement.identity);
  sample.route = "shadow";
  sample.error = std::string(disagreement.why.substr(0, samples::kMaxErrorBytes));
  sample.inputs = CopyInputs(disagreement.candidate, *disagreement.payload);
  sample.outputs = CopyOutputs(disagreement.candidate, disagreement.actual);
  sample.answered_by = disagreement.stable.version();
  sample.answer = CopyOutputs(disagreement.stable, disagreement.expected);
  return sample;
}

}  // namespace huidu::front
