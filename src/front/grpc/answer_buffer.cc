#include "front/grpc/answer_buffer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <vector>

#include "base/status.h"
#include "front/grpc/convert.h"

namespace huidu::front::rpc {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;
using inference::ModelInferResponse;

// What stands in front of the bytes of one raw_output_contents: the field's tag and its length.
::grpc::Slice Prefix(size_t length) {
  uint8_t bytes[20];
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(
      WireFormatLite::MakeTag(ModelInferResponse::kRawOutputContentsFieldNumber,
                              WireFormatLite::WIRETYPE_LENGTH_DELIMITED),
      bytes);
  end = CodedOutputStream::WriteVarint64ToArray(length, end);
  return {bytes, static_cast<size_t>(end - bytes)};
}

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

}  // namespace

absl::StatusOr<::grpc::ByteBuffer> ToBuffer(Result result, std::string_view request_id) {
  ModelInferResponse head;
  HUIDU_RETURN_IF_ERROR(FillHead(result, request_id, head));
  const bool copy = Bytes(result.answer) <= kCopiedBytes;
  if (copy) AddContents(result.answer, head);
  std::vector<::grpc::Slice> slices = {::grpc::Slice(head.SerializeAsString())};
  if (!copy) {
    // Fields may come in any order, repeated ones among themselves in theirs.
    const auto answer = std::make_shared<const Answer>(std::move(result.answer));
    for (const Output& output : answer->outputs) {
      slices.push_back(Prefix(output.data.size()));
      slices.push_back(Refer(output, answer));
    }
  }
  return ::grpc::ByteBuffer(slices.data(), slices.size());
}

}  // namespace huidu::front::rpc
