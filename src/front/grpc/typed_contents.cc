#include "front/grpc/typed_contents.h"

#include <cstring>
#include <optional>
#include <type_traits>

#include "base/strings.h"
#include "tensor/data_type.h"

namespace huidu::front::rpc {
namespace {

using inference::InferTensorContents;
using Input = inference::ModelInferRequest::InferInputTensor;
using tensor::DataType;

// The repeated fields of InferTensorContents; as an index into kFieldNames.
enum Field { kBoolField, kIntField, kInt64Field, kUintField, kUint64Field, kFloatField, kDoubleField, kBytesField };
constexpr int kFields = 8;
constexpr const char* kFieldNames[kFields] = {"bool_contents",   "int_contents",  "int64_contents", "uint_contents",
                                              "uint64_contents", "fp32_contents", "fp64_contents",  "bytes_contents"};

int Count(const InferTensorContents& contents, int field) {
  switch (field) {
    case kBoolField: return contents.bool_contents_size();
    case kIntField: return contents.int_contents_size();
    case kInt64Field: return contents.int64_contents_size();
    case kUintField: return contents.uint_contents_size();
    case kUint64Field: return contents.uint64_contents_size();
    case kFloatField: return contents.fp32_contents_size();
    case kDoubleField: return contents.fp64_contents_size();
    default: return contents.bytes_contents_size();
  }
}

// The field in which a datatype travels; none for those that only travel raw.
std::optional<int> FieldOf(DataType type) {
  switch (type) {
    case DataType::kBool: return kBoolField;
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32: return kIntField;
    case DataType::kInt64: return kInt64Field;
    case DataType::kUint8:
    case DataType::kUint16:
    case DataType::kUint32: return kUintField;
    case DataType::kUint64: return kUint64Field;
    case DataType::kFp32: return kFloatField;
    case DataType::kFp64: return kDoubleField;
    case DataType::kBytes: return kBytesField;
    case DataType::kFp16:
    case DataType::kBf16: return std::nullopt;
  }
  return std::nullopt;
}

absl::Status Wrong(const Input& input, std::string_view what) {
  return absl::InvalidArgumentError(StrCat("input '", input.name(), "': ", what));
}

size_t LengthPrefixedBytes(const InferTensorContents& contents) {
  size_t bytes = 0;
  for (const std::string& element : contents.bytes_contents()) bytes += sizeof(uint32_t) + element.size();
  return bytes;
}

void CopyLengthPrefixed(const InferTensorContents& contents, std::byte* to) {
  for (const std::string& element : contents.bytes_contents()) {
    const auto length = static_cast<uint32_t>(element.size());
    std::memcpy(to, &length, sizeof(length));
    if (length > 0) std::memcpy(to + sizeof(length), element.data(), length);
    to += sizeof(length) + length;
  }
}

// Elements that travel in a wider type than the tensor's.
template <typename Narrow, typename Wide>
absl::Status CopyAs(const Input& input, const google::protobuf::RepeatedField<Wide>& from, std::byte* to) {
  for (int i = 0; i < from.size(); ++i) {
    const Narrow element = static_cast<Narrow>(from[i]);
    if (static_cast<Wide>(element) != from[i]) {
      return Wrong(input, StrCat("element ", i, " is ", from[i], ", which is no ", input.datatype()));
    }
    std::memcpy(to + static_cast<size_t>(i) * sizeof(Narrow), &element, sizeof(Narrow));
  }
  return absl::OkStatus();
}

template <typename Element>
absl::Status CopyAll(const google::protobuf::RepeatedField<Element>& from, std::byte* to) {
  if (!from.empty()) std::memcpy(to, from.data(), static_cast<size_t>(from.size()) * sizeof(Element));
  return absl::OkStatus();
}

}  // namespace

bool HasTypedContents(const Input& input) {
  for (int field = 0; field < kFields; ++field) {
    if (Count(input.contents(), field) > 0) return true;
  }
  return false;
}

absl::StatusOr<size_t> TypedBytes(const Input& input) {
  const std::optional<DataType> type = tensor::FromName(input.datatype());
  if (!type.has_value()) return 0;
  const std::optional<int> expected = FieldOf(*type);
  if (!expected.has_value()) {
    return Wrong(input, StrCat(input.datatype(), " has no typed contents: give its bytes in raw_input_contents"));
  }
  for (int field = 0; field < kFields; ++field) {
    if (field == *expected || Count(input.contents(), field) == 0) continue;
    return Wrong(input, StrCat("elements are in ", kFieldNames[field], ", but ", input.datatype(), " travels in ",
                               kFieldNames[*expected]));
  }
  if (*type == DataType::kBytes) return LengthPrefixedBytes(input.contents());
  return static_cast<size_t>(Count(input.contents(), *expected)) * tensor::ElementSize(*type);
}

absl::Status CopyTyped(const Input& input, std::span<std::byte> out) {
  const InferTensorContents& from = input.contents();
  std::byte* const to = out.data();
  switch (tensor::FromName(input.datatype()).value_or(DataType::kFp16)) {
    case DataType::kBool: return CopyAll(from.bool_contents(), to);
    case DataType::kInt8: return CopyAs<int8_t>(input, from.int_contents(), to);
    case DataType::kInt16: return CopyAs<int16_t>(input, from.int_contents(), to);
    case DataType::kInt32: return CopyAll(from.int_contents(), to);
    case DataType::kInt64: return CopyAll(from.int64_contents(), to);
    case DataType::kUint8: return CopyAs<uint8_t>(input, from.uint_contents(), to);
    case DataType::kUint16: return CopyAs<uint16_t>(input, from.uint_contents(), to);
    case DataType::kUint32: return CopyAll(from.uint_contents(), to);
    case DataType::kUint64: return CopyAll(from.uint64_contents(), to);
    case DataType::kFp32: return CopyAll(from.fp32_contents(), to);
    case DataType::kFp64: return CopyAll(from.fp64_contents(), to);
    case DataType::kBytes: CopyLengthPrefixed(from, to); return absl::OkStatus();
    case DataType::kFp16:
    case DataType::kBf16: break;
  }
  return Wrong(input, StrCat("datatype '", input.datatype(), "' has no typed contents"));
}

}  // namespace huidu::front::rpc
