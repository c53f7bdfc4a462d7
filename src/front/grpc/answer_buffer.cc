#include "front/grpc/answer_buffer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <vector>

#include "base/status.h"
#include "base/strings.h"
#include "front/grpc/convert.h"

namespace huidu::front::rpc {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;
using inference::ModelInferResponse;
using inference::ModelStreamInferResponse;

// What stands in front of a field of bytes, or of a message: its tag and its length.
::grpc::Slice Prefix(int field, size_t length) {
  uint8_t bytes[20];
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(
      WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), bytes);
  end = CodedOutputStream::WriteVarint64ToArray(length, end);
  return {bytes, static_cast<size_t>(end - bytes)};
}

// Triton's clients count a request of a stream as answered when a response says so.
void MarkFinal(ModelInferResponse& head) { (*head.mutable_parameters())["triton_final_response"].set_bool_param(true); }

// The slice keeps the whole answer, and with it the worker's memory.
::grpc::Slice Refer(const Output& output, const std::shared_ptr<const Answer>& answer) {
  // gRPC takes a pointer to non-const, and only reads through it.
  void* const data = const_cast<std::byte*>(output.data.data());
  return {data, output.data.size(), [](void* held) { delete static_cast<std::shared_ptr<const Answer>*>(held); },
          new std::shared_ptr<const Answer>(answer)};
}

size_t Bytes(const Answer& answer) {
  size_t bytes = 0;
  for (const Output& output : answer.outputs) bytes += output.data.size();
  return bytes;
}

// `head` and the answer's tensors.
std::vector<::grpc::Slice> ToSlices(ModelInferResponse& head, Answer answer) {
  const bool copy = Bytes(answer) <= kCopiedBytes;
  if (copy) AddContents(answer, head);
  std::vector<::grpc::Slice> slices = {::grpc::Slice(head.SerializeAsString())};
  if (copy) return slices;
  // Fields may come in any order, repeated ones among themselves in theirs.
  const auto shared = std::make_shared<const Answer>(std::move(answer));
  for (const Output& output : shared->outputs) {
    slices.push_back(Prefix(ModelInferResponse::kRawOutputContentsFieldNumber, output.data.size()));
    slices.push_back(Refer(output, shared));
  }
  return slices;
}

::grpc::ByteBuffer StreamError(const Result& result, const absl::Status& status, std::string_view request_id) {
  ModelStreamInferResponse response;
  response.set_error_message(std::string(Text(status)));
  ModelInferResponse& head = *response.mutable_infer_response();
  head.set_id(std::string(request_id));
  if (result.servable != nullptr) {
    head.set_model_name(result.servable->model());
    head.set_model_version(result.servable->version());
  }
  MarkFinal(head);
  const ::grpc::Slice slice(response.SerializeAsString());
  return {&slice, 1};
}

}  // namespace

absl::StatusOr<::grpc::ByteBuffer> ToBuffer(Result result, std::string_view request_id) {
  HUIDU_RETURN_IF_ERROR(result.answer.status);
  ModelInferResponse head;
  HUIDU_RETURN_IF_ERROR(FillHead(result, request_id, head));
  const std::vector<::grpc::Slice> slices = ToSlices(head, std::move(result.answer));
  return ::grpc::ByteBuffer(slices.data(), slices.size());
}

::grpc::ByteBuffer ToStreamBuffer(Result result, std::string_view request_id) {
  ModelInferResponse head;
  absl::Status status = result.answer.status;
  if (status.ok()) status = FillHead(result, request_id, head);
  if (!status.ok()) return StreamError(result, status, request_id);
  MarkFinal(head);
  std::vector<::grpc::Slice> slices = ToSlices(head, std::move(result.answer));
  size_t length = 0;
  for (const ::grpc::Slice& slice : slices) length += slice.size();
  slices.insert(slices.begin(), Prefix(ModelStreamInferResponse::kInferResponseFieldNumber, length));
  return ::grpc::ByteBuffer(slices.data(), slices.size());
}

}  // namespace huidu::front::rpc
