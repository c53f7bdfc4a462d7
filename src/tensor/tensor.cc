#include "tensor/tensor.h"

#include <cstring>
#include <limits>

#include "absl/strings/str_join.h"
#include "base/strings.h"

namespace huidu::tensor {

std::string ToString(std::span<const int64_t> shape) { return StrCat("[", absl::StrJoin(shape, ","), "]"); }

absl::StatusOr<int64_t> ElementCount(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (int64_t dim : shape) {
    if (dim < 0) {
      return absl::InvalidArgumentError(StrCat("shape ", ToString(shape), " has a negative dimension"));
    }
    if (__builtin_mul_overflow(count, dim, &count)) {
      return absl::InvalidArgumentError(StrCat("shape ", ToString(shape), " has more elements than fit into 64 bits"));
    }
  }
  return count;
}

absl::StatusOr<size_t> ByteSize(DataType type, std::span<const int64_t> shape) {
  if (type == DataType::kBytes) {
    return absl::InvalidArgumentError("a BYTES tensor has no fixed size");
  }
  absl::StatusOr<int64_t> count = ElementCount(shape);
  if (!count.ok()) return count.status();
  size_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<size_t>(*count), ElementSize(type), &bytes)) {
    return absl::InvalidArgumentError(StrCat("shape ", ToString(shape), " has more bytes than fit into 64 bits"));
  }
  return bytes;
}

absl::Status Check(const Spec& spec, DataType type, std::span<const int64_t> shape) {
  if (type != spec.type) {
    return absl::InvalidArgumentError(
        StrCat("input '", spec.name, "': datatype is ", Name(type), ", the model expects ", Name(spec.type)));
  }
  bool fits = spec.any_rank || shape.size() == spec.shape.size();
  for (size_t i = 0; fits && !spec.any_rank && i < shape.size(); ++i) {
    fits = spec.shape[i] == kDynamic || spec.shape[i] == shape[i];
  }
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("input '", spec.name, "': shape is ", ToString(shape),
                                           ", the model expects ", ToString(spec.shape), " (-1 is any size)"));
}

namespace {

absl::Status CheckByteElements(std::string_view name, int64_t count, std::span<const std::byte> data) {
  size_t at = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t length = 0;
    if (data.size() - at < sizeof(length)) {
      return absl::InvalidArgumentError(StrCat("input '", name, "': BYTES element ", i, " of ", count,
                                               " has no 4-byte length: the data ends at byte ", data.size()));
    }
    std::memcpy(&length, data.data() + at, sizeof(length));
    at += sizeof(length);
    if (data.size() - at < length) {
      return absl::InvalidArgumentError(StrCat("input '", name, "': BYTES element ", i, " says ", length,
                                               " bytes, but only ", data.size() - at, " are left"));
    }
    at += length;
  }
  if (at == data.size()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      StrCat("input '", name, "': ", data.size() - at, " bytes are left over after ", count, " BYTES elements"));
}

}  // namespace

absl::Status CheckBytes(std::string_view name, DataType type, std::span<const int64_t> shape,
                        std::span<const std::byte> data) {
  if (type == DataType::kBytes) {
    absl::StatusOr<int64_t> count = ElementCount(shape);
    if (!count.ok()) return count.status();
    return CheckByteElements(name, *count, data);
  }
  absl::StatusOr<size_t> expected = ByteSize(type, shape);
  if (!expected.ok()) return expected.status();
  if (*expected == data.size()) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("input '", name, "': got ", data.size(), " bytes, but ", Name(type), " ",
                                           ToString(shape), " takes ", *expected));
}

}  // namespace huidu::tensor
