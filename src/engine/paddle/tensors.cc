#include "engine/paddle/tensors.h"

#include <limits>
#include <type_traits>

#include "base/status.h"
#include "base/strings.h"

// Paddle's 16-bit floats; only ever used behind a pointer.
namespace phi::dtype {
struct float16;
struct bfloat16;
}  // namespace phi::dtype

namespace huidu::engine::paddle {
namespace {

using tensor::DataType;

// Calls `visit` with a null pointer of the C++ type behind `type`. False if Paddle has no such type.
template <typename Visit>
bool VisitType(DataType type, Visit visit) {
  switch (type) {
    case DataType::kBool: visit(static_cast<bool*>(nullptr)); return true;
    case DataType::kUint8: visit(static_cast<uint8_t*>(nullptr)); return true;
    case DataType::kInt8: visit(static_cast<int8_t*>(nullptr)); return true;
    case DataType::kInt32: visit(static_cast<int32_t*>(nullptr)); return true;
    case DataType::kInt64: visit(static_cast<int64_t*>(nullptr)); return true;
    case DataType::kFp16: visit(static_cast<phi::dtype::float16*>(nullptr)); return true;
    case DataType::kBf16: visit(static_cast<phi::dtype::bfloat16*>(nullptr)); return true;
    case DataType::kFp32: visit(static_cast<float*>(nullptr)); return true;
    case DataType::kFp64: visit(static_cast<double*>(nullptr)); return true;
    default: return false;
  }
}

absl::StatusOr<std::vector<int>> Dims(const tensor::Shape& shape) {
  std::vector<int> dims;
  for (const int64_t dim : shape) {
    if (dim > std::numeric_limits<int>::max()) {
      return absl::InvalidArgumentError(
          StrCat("shape ", tensor::ToString(shape), ": Paddle takes dimensions of up to 31 bits"));
    }
    dims.push_back(static_cast<int>(dim));
  }
  return dims;
}

}  // namespace

std::optional<DataType> FromPaddle(paddle_infer::DataType type) {
  switch (type) {
    case paddle_infer::FLOAT32: return DataType::kFp32;
    case paddle_infer::INT64: return DataType::kInt64;
    case paddle_infer::INT32: return DataType::kInt32;
    case paddle_infer::UINT8: return DataType::kUint8;
    case paddle_infer::INT8: return DataType::kInt8;
    case paddle_infer::FLOAT16: return DataType::kFp16;
    case paddle_infer::BOOL: return DataType::kBool;
    case paddle_infer::FLOAT64: return DataType::kFp64;
    case paddle_infer::BFLOAT16: return DataType::kBf16;
    default: return std::nullopt;
  }
}

absl::Status CopyIn(const tensor::View& view, paddle_infer::Tensor& input) {
  HUIDU_ASSIGN_OR_RETURN(const std::vector<int> dims, Dims(view.shape));
  input.Reshape(dims);
  const bool known = VisitType(view.type, [&](auto* typed) {
    using T = std::remove_pointer_t<decltype(typed)>;
    input.CopyFromCpu(reinterpret_cast<const T*>(view.data.data()));
  });
  if (known) return absl::OkStatus();
  return absl::InternalError(StrCat("Paddle has no type ", tensor::Name(view.type)));
}

absl::Status CopyOut(const paddle_infer::Tensor& result, size_t index, OutputSink& outputs) {
  const std::optional<DataType> type = FromPaddle(result.type());
  if (!type.has_value()) return absl::InternalError("a result has a type that the network protocol does not have");
  const std::vector<int> dims = result.shape();
  const tensor::Shape shape(dims.begin(), dims.end());
  HUIDU_ASSIGN_OR_RETURN(const size_t bytes, tensor::ByteSize(*type, shape));
  HUIDU_ASSIGN_OR_RETURN(std::span<std::byte> room, outputs.Allocate(index, *type, shape, bytes));
  if (bytes == 0) return absl::OkStatus();
  VisitType(*type, [&](auto* typed) {
    using T = std::remove_pointer_t<decltype(typed)>;
    result.CopyToCpu(reinterpret_cast<T*>(room.data()));
  });
  return absl::OkStatus();
}

}  // namespace huidu::engine::paddle
