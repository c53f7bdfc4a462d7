#include "front/http/json_elements.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/status.h"
#include "front/http/json_reader.h"

namespace huidu::front::rest {
namespace {

namespace ondemand = simdjson::ondemand;
using tensor::DataType;

absl::Status WrongInput(const RequestedInput& input, std::string_view what) {
  return absl::InvalidArgumentError(StrCat("input '", input.name, "': ", what));
}

// How many elements a list inside `depth` others has.
uint64_t ListSize(const tensor::Shape& shape, size_t depth) {
  uint64_t size = 1;
  for (size_t i = depth; i < shape.size(); ++i) size *= static_cast<uint64_t>(shape[i]);
  return size;
}

// Calls `visit(value)` for each element that is no array, in order, and counts them in `seen`. Lists may be nested as
// deeply as one likes, from one flat list to the whole shape, but each must hold what the shape says: else elements
// would slip from one row into the next. The depth is bounded by what a shape can have.
template <typename Visit>
absl::Status Flatten(ondemand::array array, const RequestedInput& input, size_t depth, uint64_t& seen, Visit& visit) {
  if (depth > tensor::kMaxRank) return WrongInput(input, "data is nested too deeply");
  const uint64_t list_size = ListSize(input.shape, depth);
  const uint64_t before = seen;
  bool has_lists = false;
  for (auto item : array) {
    ondemand::value value;
    ondemand::json_type type;
    auto error = item.get(value);
    if (!error) error = value.type().get(type);
    if (error) return WrongInput(input, StrCat("data is damaged JSON: ", simdjson::error_message(error)));
    const bool is_list = type == ondemand::json_type::array;
    if (is_list != has_lists && (has_lists || seen > before)) {
      return WrongInput(input, "data has elements and lists side by side; nest them as the shape says, or not at all");
    }
    if (!is_list) {
      HUIDU_RETURN_IF_ERROR(visit(value));
      ++seen;
      continue;
    }
    has_lists = true;
    const uint64_t start = seen;
    ondemand::array inner;
    if (value.get(inner)) return WrongInput(input, "data is damaged JSON");
    HUIDU_RETURN_IF_ERROR(Flatten(inner, input, depth + 1, seen, visit));
    if (seen - start == list_size) continue;
    return WrongInput(input, StrCat("a list inside data has ", seen - start, " elements, but by the shape ",
                                    tensor::ToString(input.shape), " it has ", list_size,
                                    "; nest data as the shape says, or not at all"));
  }
  return absl::OkStatus();
}

template <typename Visit>
absl::Status ForEachElement(const std::string& text, const RequestedInput& input, Visit visit) {
  ondemand::document document;
  ondemand::array array;
  auto error = ThreadParser().iterate(Padded(text, input.data)).get(document);
  if (!error) error = document.get(array);
  if (error) return WrongInput(input, StrCat("data is damaged JSON: ", simdjson::error_message(error)));
  uint64_t seen = 0;
  return Flatten(array, input, 1, seen, visit);
}

// The JSON number or truth value that an element of type T is written as.
template <typename T>
using Wide = std::conditional_t<std::is_same_v<T, bool>, bool,
                                std::conditional_t<std::is_floating_point_v<T>, double,
                                                   std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>>;

template <typename T>
bool Fits(Wide<T> value) {
  if constexpr (std::is_same_v<T, float>) {
    return std::abs(value) <= std::numeric_limits<float>::max();
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<Wide<T>>(static_cast<T>(value)) == value;
  } else {
    return true;
  }
}

template <typename T>
absl::Status ReadAs(const std::string& text, const RequestedInput& input, std::span<std::byte> out) {
  const size_t expected = out.size() / sizeof(T);
  size_t count = 0;
  HUIDU_RETURN_IF_ERROR(ForEachElement(text, input, [&](ondemand::value value) -> absl::Status {
    Wide<T> wide{};
    if (count == expected) {
      return WrongInput(input, StrCat("data has more elements than the shape ", tensor::ToString(input.shape)));
    }
    if (value.get(wide) || !Fits<T>(wide)) {
      return WrongInput(input, StrCat("element ", count, " of data is no ", input.datatype));
    }
    const T element = static_cast<T>(wide);
    std::memcpy(out.data() + count * sizeof(T), &element, sizeof(T));
    ++count;
    return absl::OkStatus();
  }));
  if (count == expected) return absl::OkStatus();
  return WrongInput(
      input, StrCat("data has ", count, " elements, but the shape ", tensor::ToString(input.shape), " has ", expected));
}

// 4 bytes of length before each element's bytes.
absl::Status PackStrings(const std::string& text, const RequestedInput& input, std::string& packed) {
  size_t count = 0;
  return ForEachElement(text, input, [&](ondemand::value value) -> absl::Status {
    std::string_view element;
    if (value.get(element)) return WrongInput(input, StrCat("element ", count, " of data is no string"));
    const auto length = static_cast<uint32_t>(element.size());
    char prefix[sizeof(length)];
    std::memcpy(prefix, &length, sizeof(length));
    packed.append(prefix, sizeof(prefix)).append(element);
    ++count;
    return absl::OkStatus();
  });
}

template <typename T>
absl::Status WriteAs(std::span<const std::byte> data, JsonWriter& json) {
  if (data.size() % sizeof(T) != 0) return absl::InternalError("an output does not hold whole elements");
  constexpr size_t kUsualDigits = 8;
  json.Reserve(data.size() / sizeof(T) * kUsualDigits);
  json.BeginArray();
  for (size_t at = 0; at < data.size(); at += sizeof(T)) {
    if constexpr (std::is_same_v<T, bool>) {
      json.Bool(data[at] != std::byte{0});
    } else {
      T element;
      std::memcpy(&element, data.data() + at, sizeof(T));
      if constexpr (std::is_same_v<T, float>) {
        json.Float(element);
      } else if constexpr (std::is_same_v<T, double>) {
        json.Double(element);
      } else if constexpr (std::is_signed_v<T>) {
        json.Int(element);
      } else {
        json.Uint(element);
      }
    }
  }
  json.EndArray();
  return absl::OkStatus();
}

absl::Status WriteStrings(std::span<const std::byte> data, JsonWriter& json) {
  json.BeginArray();
  while (!data.empty()) {
    uint32_t length = 0;  // read once: the worker could change it
    if (data.size() < sizeof(length)) return absl::InternalError("an output of type BYTES is cut off");
    std::memcpy(&length, data.data(), sizeof(length));
    data = data.subspan(sizeof(length));
    if (data.size() < length) return absl::InternalError("an output of type BYTES is cut off");
    const std::string element(reinterpret_cast<const char*>(data.data()), length);
    json.String(element);
    data = data.subspan(length);
  }
  json.EndArray();
  return absl::OkStatus();
}

}  // namespace

bool HasJsonForm(DataType type) { return type != DataType::kFp16 && type != DataType::kBf16; }

absl::StatusOr<size_t> MeasureElements(const std::string& text, const RequestedInput& input, std::string& packed) {
  const std::optional<DataType> type = tensor::FromName(input.datatype);
  const absl::StatusOr<int64_t> count = tensor::ElementCount(input.shape);
  if (!type || !count.ok()) return size_t{0};
  if (!HasJsonForm(*type)) {
    return WrongInput(input, StrCat(input.datatype, " cannot be sent as JSON; send it with binary_data_size"));
  }
  // An element takes a character and a comma: a shape that promises more is refused before room is made for it.
  if (static_cast<uint64_t>(*count) > input.data.size()) {
    return WrongInput(input, StrCat("data has fewer elements than the shape ", tensor::ToString(input.shape)));
  }
  if (*type != DataType::kBytes) return tensor::ByteSize(*type, input.shape);
  HUIDU_RETURN_IF_ERROR(PackStrings(text, input, packed));
  return packed.size();
}

absl::Status ReadElements(const std::string& text, const RequestedInput& input, std::span<std::byte> out) {
  switch (tensor::FromName(input.datatype).value_or(DataType::kBytes)) {
    case DataType::kBool: return ReadAs<bool>(text, input, out);
    case DataType::kUint8: return ReadAs<uint8_t>(text, input, out);
    case DataType::kUint16: return ReadAs<uint16_t>(text, input, out);
    case DataType::kUint32: return ReadAs<uint32_t>(text, input, out);
    case DataType::kUint64: return ReadAs<uint64_t>(text, input, out);
    case DataType::kInt8: return ReadAs<int8_t>(text, input, out);
    case DataType::kInt16: return ReadAs<int16_t>(text, input, out);
    case DataType::kInt32: return ReadAs<int32_t>(text, input, out);
    case DataType::kInt64: return ReadAs<int64_t>(text, input, out);
    case DataType::kFp32: return ReadAs<float>(text, input, out);
    case DataType::kFp64: return ReadAs<double>(text, input, out);
    case DataType::kFp16:
    case DataType::kBf16:
    case DataType::kBytes: break;
  }
  return WrongInput(input, StrCat(input.datatype, " has no elements of fixed size in JSON"));
}

absl::Status WriteElements(DataType type, std::span<const std::byte> data, JsonWriter& json) {
  switch (type) {
    case DataType::kBool: return WriteAs<bool>(data, json);
    case DataType::kUint8: return WriteAs<uint8_t>(data, json);
    case DataType::kUint16: return WriteAs<uint16_t>(data, json);
    case DataType::kUint32: return WriteAs<uint32_t>(data, json);
    case DataType::kUint64: return WriteAs<uint64_t>(data, json);
    case DataType::kInt8: return WriteAs<int8_t>(data, json);
    case DataType::kInt16: return WriteAs<int16_t>(data, json);
    case DataType::kInt32: return WriteAs<int32_t>(data, json);
    case DataType::kInt64: return WriteAs<int64_t>(data, json);
    case DataType::kFp32: return WriteAs<float>(data, json);
    case DataType::kFp64: return WriteAs<double>(data, json);
    case DataType::kBytes: return WriteStrings(data, json);
    case DataType::kFp16:
    case DataType::kBf16: break;
  }
  return absl::InternalError(StrCat(Name(type), " has no JSON form"));
}

}  // namespace huidu::front::rest
