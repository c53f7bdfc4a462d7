#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "absl/status/statusor.h"
#include "front/router/router.h"

namespace huidu::front::rpc {

// The bytes of the answer to one inference. Tensors that are not small are not copied: the network reads them where the
// worker wrote them, and the worker gets its memory back when the last byte has been sent.

// A ModelInferResponse. Errors: the inference's own, or as FillHead() in convert.h.
absl::StatusOr<::grpc::ByteBuffer> ToBuffer(Result result, std::string_view request_id);

// A ModelStreamInferResponse; an error is part of it.
::grpc::ByteBuffer ToStreamBuffer(Result result, std::string_view request_id);

// Tensors up to this size are cheaper to copy than to refer to.
inline constexpr size_t kCopiedBytes = 8 * 1024;

}  // namespace huidu::front::rpc
