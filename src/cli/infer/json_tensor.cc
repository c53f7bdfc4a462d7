#include "cli/infer/json_tensor.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/status.h"

namespace huidu::cli {
namespace {

using Json = nlohmann::ordered_json;
using tensor::DataType;

template <typename T>
void Append(std::string& data, T value) {
  data.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

absl::Status Misfit(const Json& value, DataType type) {
  return absl::InvalidArgumentError(StrCat("value ",
                                           value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 40),
                                           " is no ", tensor::Name(type)));
}

template <typename T>
absl::Status AppendInteger(const Json& value, DataType type, std::string& data) {
  if (value.is_number_unsigned() && std::in_range<T>(value.get<uint64_t>())) {
    Append(data, static_cast<T>(value.get<uint64_t>()));
  } else if (value.is_number_integer() && !value.is_number_unsigned() && std::in_range<T>(value.get<int64_t>())) {
    Append(data, static_cast<T>(value.get<int64_t>()));
  } else {
    return Misfit(value, type);
  }
  return absl::OkStatus();
}

absl::Status AppendBytes(const Json& value, std::string& data) {
  if (!value.is_string()) return Misfit(value, DataType::kBytes);
  const std::string& text = value.get_ref<const std::string&>();
  Append(data, static_cast<uint32_t>(text.size()));
  data += text;
  return absl::OkStatus();
}

absl::Status AppendElement(const Json& value, DataType type, std::string& data) {
  switch (type) {
    case DataType::kBool:
      if (!value.is_boolean()) return Misfit(value, type);
      data += value.get<bool>() ? '\x01' : '\x00';
      return absl::OkStatus();
    case DataType::kUint8: return AppendInteger<uint8_t>(value, type, data);
    case DataType::kUint16: return AppendInteger<uint16_t>(value, type, data);
    case DataType::kUint32: return AppendInteger<uint32_t>(value, type, data);
    case DataType::kUint64: return AppendInteger<uint64_t>(value, type, data);
    case DataType::kInt8: return AppendInteger<int8_t>(value, type, data);
    case DataType::kInt16: return AppendInteger<int16_t>(value, type, data);
    case DataType::kInt32: return AppendInteger<int32_t>(value, type, data);
    case DataType::kInt64: return AppendInteger<int64_t>(value, type, data);
    case DataType::kFp32:
      if (!value.is_number()) return Misfit(value, type);
      Append(data, value.get<float>());
      return absl::OkStatus();
    case DataType::kFp64:
      if (!value.is_number()) return Misfit(value, type);
      Append(data, value.get<double>());
      return absl::OkStatus();
    case DataType::kBytes: return AppendBytes(value, data);
    case DataType::kFp16:
    case DataType::kBf16: break;
  }
  return absl::InvalidArgumentError(StrCat(tensor::Name(type), " cannot be written in JSON; give a .npy or .bin file"));
}

// Appends the elements of `json` and checks that it is nested as `shape` says from dimension `depth` on.
absl::Status AppendNested(const Json& json, const tensor::Shape& shape, size_t depth, NamedTensor& out) {
  if (depth == shape.size()) return AppendElement(json, out.type, out.data);
  if (!json.is_array() || static_cast<int64_t>(json.size()) != shape[depth]) {
    return absl::InvalidArgumentError(
        StrCat("the lists are not a tensor of shape ", tensor::ToString(shape), ": they differ in length or depth"));
  }
  for (const Json& item : json) HUIDU_RETURN_IF_ERROR(AppendNested(item, shape, depth + 1, out));
  return absl::OkStatus();
}

absl::StatusOr<tensor::Shape> NestedShape(const Json& json) {
  tensor::Shape shape;
  for (const Json* at = &json; at->is_array(); at = &at->front()) {
    if (shape.size() == tensor::kMaxRank) return absl::InvalidArgumentError("the lists are nested too deep");
    shape.push_back(static_cast<int64_t>(at->size()));
    if (at->empty()) break;
  }
  return shape;
}

absl::StatusOr<tensor::Shape> GivenShape(const Json& json) {
  tensor::Shape shape;
  for (const Json& dimension : json) {
    if (!dimension.is_number_integer() || shape.size() == tensor::kMaxRank) {
      return absl::InvalidArgumentError("\"shape\" is no list of whole numbers");
    }
    shape.push_back(dimension.get<int64_t>());
  }
  return shape;
}

Json BytesToJson(const NamedTensor& tensor) {
  Json list = Json::array();
  std::string_view rest = tensor.data;
  while (rest.size() >= sizeof(uint32_t)) {
    uint32_t length = 0;
    std::memcpy(&length, rest.data(), sizeof(length));
    rest.remove_prefix(sizeof(length));
    list.push_back(std::string(rest.substr(0, length)));
    rest.remove_prefix(std::min<size_t>(length, rest.size()));
  }
  return list;
}

}  // namespace

absl::StatusOr<NamedTensor> TensorFromJson(const Json& json, DataType type) {
  NamedTensor tensor;
  tensor.type = type;
  if (!json.is_object()) {
    HUIDU_ASSIGN_OR_RETURN(tensor.shape, NestedShape(json));
    HUIDU_RETURN_IF_ERROR(AppendNested(json, tensor.shape, 0, tensor));
    return tensor;
  }
  if (!json.contains("shape") || !json.contains("data") || !json["data"].is_array()) {
    return absl::InvalidArgumentError("expected a list, or an object with \"shape\" and \"data\"");
  }
  HUIDU_ASSIGN_OR_RETURN(tensor.shape, GivenShape(json["shape"]));
  HUIDU_ASSIGN_OR_RETURN(const int64_t count, tensor::ElementCount(tensor.shape));
  HUIDU_RETURN_IF_ERROR(AppendNested(json["data"], {count}, 0, tensor));
  return tensor;
}

Json TensorToJson(const NamedTensor& tensor) {
  Json data = Json::array();
  if (tensor.type == DataType::kBytes) {
    data = BytesToJson(tensor);
  } else {
    const size_t count = tensor.data.size() / tensor::ElementSize(tensor.type);
    // A text that is a JSON number or true/false already; NaN and infinity have no JSON form.
    for (size_t i = 0; i < count; ++i)
      data.push_back(Json::parse(ElementText(tensor, i, /*exact=*/true), nullptr, false));
    for (Json& value : data) {
      if (value.is_discarded()) value = nullptr;
    }
  }
  return {{"name", tensor.name}, {"datatype", tensor::Name(tensor.type)}, {"shape", tensor.shape}, {"data", data}};
}

}  // namespace huidu::cli
