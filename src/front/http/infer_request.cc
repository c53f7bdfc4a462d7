#include "front/http/infer_request.h"

#include <algorithm>
#include <limits>

#include "base/status.h"
#include "front/http/json_reader.h"
#include "front/router/payload.h"

namespace huidu::front::rest {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t kMaxLod = 65536;

template <typename T>
absl::Status Read(ondemand::value value, std::string_view where, std::string_view expected, T& out) {
  const simdjson::error_code error = value.get(out);
  return error == simdjson::SUCCESS ? absl::OkStatus() : Unexpected(where, expected, error);
}

absl::Status ReadString(ondemand::value value, std::string_view where, size_t max, std::string& out) {
  std::string_view text;
  HUIDU_RETURN_IF_ERROR(Read(value, where, "a string", text));
  if (text.size() > max) return Wrong(where, StrCat("is longer than ", max, " bytes"));
  out = text;
  return absl::OkStatus();
}

// Calls `visit(key, value)` for each member of the object.
template <typename Visit>
absl::Status ForEachMember(ondemand::object object, std::string_view where, Visit visit) {
  for (auto item : object) {
    std::string_view key;
    ondemand::value value;
    if (const auto error = item.unescaped_key().get(key)) return Unexpected(where, "a member's name", error);
    if (const auto error = item.value().get(value)) return Unexpected(where, "a member", error);
    HUIDU_RETURN_IF_ERROR(visit(key, value));
  }
  return absl::OkStatus();
}

template <typename Visit>
absl::Status ForEachMember(ondemand::value value, std::string_view where, Visit visit) {
  ondemand::object object;
  HUIDU_RETURN_IF_ERROR(Read(value, where, "an object", object));
  return ForEachMember(object, where, visit);
}

// Calls `visit(value)` for each element of the array, of which there may be `max`.
template <typename Visit>
absl::Status ForEachElement(ondemand::value value, std::string_view where, size_t max, Visit visit) {
  ondemand::array array;
  HUIDU_RETURN_IF_ERROR(Read(value, where, "an array", array));
  size_t count = 0;
  for (auto item : array) {
    ondemand::value element;
    if (const auto error = item.get(element)) return Unexpected(where, "an element", error);
    if (++count > max) return Wrong(where, StrCat("has more than ", max, " elements"));
    HUIDU_RETURN_IF_ERROR(visit(element));
  }
  return absl::OkStatus();
}

absl::Status NoSharedMemory(std::string_view where) {
  return Wrong(where, "shared memory regions are not supported; send the tensor with the request");
}

absl::Status ReadLod(ondemand::value value, std::string_view where, std::vector<uint64_t>& lod) {
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) return Unexpected(where, "row offsets", error);
  if (type == ondemand::json_type::string) {
    std::string_view text;
    HUIDU_RETURN_IF_ERROR(Read(value, where, "row offsets", text));
    HUIDU_ASSIGN_OR_RETURN(lod, ParseLod(text));
    return absl::OkStatus();
  }
  lod.clear();
  return ForEachElement(value, where, kMaxLod, [&](ondemand::value element) {
    lod.emplace_back();
    return Read(element, where, "row offsets", lod.back());
  });
}

absl::Status ReadInputParameters(ondemand::value value, std::string_view where, RequestedInput& input) {
  return ForEachMember(value, where, [&](std::string_view key, ondemand::value member) -> absl::Status {
    if (key == "binary_data_size") {
      uint64_t size = 0;
      HUIDU_RETURN_IF_ERROR(Read(member, StrCat(where, ".", key), "a number of bytes", size));
      input.binary_size = size;
    } else if (key == "lod") {
      return ReadLod(member, StrCat(where, ".", key), input.lod);
    } else if (key == "shared_memory_region") {
      return NoSharedMemory(StrCat(where, ".", key));
    }
    return absl::OkStatus();
  });
}

absl::Status ReadShape(ondemand::value value, std::string_view where, tensor::Shape& shape) {
  shape.clear();
  return ForEachElement(value, where, tensor::kMaxRank, [&](ondemand::value element) {
    shape.emplace_back();
    return Read(element, where, "whole numbers", shape.back());
  });
}

// Only notes where the elements stand: what they mean is known once datatype, shape and version are.
absl::Status NoteData(ondemand::value value, std::string_view where, std::string_view& data) {
  ondemand::array array;
  HUIDU_RETURN_IF_ERROR(Read(value, where, "an array", array));
  const simdjson::error_code error = array.raw_json().get(data);
  return error == simdjson::SUCCESS ? absl::OkStatus() : Unexpected(where, "an array", error);
}

absl::Status CheckInput(const RequestedInput& input, bool has_shape, std::string_view where) {
  if (input.name.empty()) return Wrong(where, "has no name");
  if (input.datatype.empty()) return Wrong(where, StrCat("'", input.name, "' has no datatype"));
  if (!has_shape) return Wrong(where, StrCat("'", input.name, "' has no shape"));
  const bool has_data = !input.data.empty();
  if (has_data && input.binary_size) {
    return Wrong(where, StrCat("'", input.name, "' has both data and binary_data_size"));
  }
  if (!has_data && !input.binary_size) {
    return Wrong(where, StrCat("'", input.name, "' has no data, and no parameter binary_data_size either"));
  }
  return absl::OkStatus();
}

absl::Status ReadInput(ondemand::value value, std::string_view where, RequestedInput& input) {
  bool has_shape = false;
  HUIDU_RETURN_IF_ERROR(ForEachMember(value, where, [&](std::string_view key, ondemand::value member) {
    if (key == "name") return ReadString(member, StrCat(where, ".name"), tensor::kMaxNameLength, input.name);
    if (key == "datatype")
      return ReadString(member, StrCat(where, ".datatype"), tensor::kMaxNameLength, input.datatype);
    if (key == "parameters") return ReadInputParameters(member, StrCat(where, ".parameters"), input);
    if (key == "data") return NoteData(member, StrCat(where, ".data"), input.data);
    if (key != "shape") return absl::OkStatus();
    has_shape = true;
    return ReadShape(member, StrCat(where, ".shape"), input.shape);
  }));
  return CheckInput(input, has_shape, where);
}

absl::Status ReadOutputParameters(ondemand::value value, std::string_view where, RequestedOutput& output) {
  return ForEachMember(value, where, [&](std::string_view key, ondemand::value member) -> absl::Status {
    if (key == "shared_memory_region") return NoSharedMemory(StrCat(where, ".", key));
    if (key == "classification") {
      return Wrong(StrCat(where, ".", key), "is not supported; take the whole tensor and choose the best classes");
    }
    if (key != "binary_data") return absl::OkStatus();
    bool binary = false;
    HUIDU_RETURN_IF_ERROR(Read(member, StrCat(where, ".", key), "true or false", binary));
    output.binary = binary;
    return absl::OkStatus();
  });
}

absl::Status ReadOutput(ondemand::value value, std::string_view where, RequestedOutput& output) {
  HUIDU_RETURN_IF_ERROR(ForEachMember(value, where, [&](std::string_view key, ondemand::value member) {
    if (key == "name") return ReadString(member, StrCat(where, ".name"), tensor::kMaxNameLength, output.name);
    if (key == "parameters") return ReadOutputParameters(member, StrCat(where, ".parameters"), output);
    return absl::OkStatus();
  }));
  return output.name.empty() ? Wrong(where, "has no name") : absl::OkStatus();
}

// Triton's unit is the microsecond; 0 is no limit of the client's own.
absl::Status ReadTimeout(ondemand::value value, std::string_view where, InferRequest& request) {
  constexpr uint64_t kLongest = std::numeric_limits<int64_t>::max() / 1000;
  uint64_t microseconds = 0;
  HUIDU_RETURN_IF_ERROR(Read(value, where, "a number of microseconds", microseconds));
  if (microseconds > 0) request.timeout = std::chrono::microseconds(std::min(microseconds, kLongest));
  return absl::OkStatus();
}

absl::Status ReadParameters(ondemand::value value, InferRequest& request) {
  return ForEachMember(value, "parameters", [&](std::string_view key, ondemand::value member) {
    if (key == "timeout") return ReadTimeout(member, "parameters.timeout", request);
    if (key == "model_version") {
      return ReadString(member, "parameters.model_version", tensor::kMaxNameLength, request.version);
    }
    if (key == "user_id") {
      return ReadString(member, "parameters.user_id", tensor::kMaxNameLength, request.user);
    }
    if (key == "binary_data_output") {
      return Read(member, "parameters.binary_data_output", "true or false", request.binary_output);
    }
    return absl::OkStatus();
  });
}

absl::Status ReadMember(std::string_view key, ondemand::value member, InferRequest& request) {
  if (key == "id") return ReadString(member, "id", tensor::kMaxNameLength, request.id);
  if (key == "parameters") return ReadParameters(member, request);
  if (key == "inputs") {
    return ForEachElement(member, "inputs", tensor::kMaxTensors, [&](ondemand::value input) {
      const std::string where = StrCat("inputs[", request.inputs.size(), "]");
      return ReadInput(input, where, request.inputs.emplace_back());
    });
  }
  if (key == "outputs") {
    return ForEachElement(member, "outputs", tensor::kMaxTensors, [&](ondemand::value output) {
      const std::string where = StrCat("outputs[", request.outputs.size(), "]");
      return ReadOutput(output, where, request.outputs.emplace_back());
    });
  }
  return absl::OkStatus();
}

// The document's members, and that nothing follows them.
template <typename Visit>
absl::Status ReadDocument(std::string& text, Visit visit) {
  AddPadding(text);
  ondemand::document document;
  ondemand::object object;
  if (const auto error = ThreadParser().iterate(Padded(text, text)).get(document)) {
    return Unexpected("request", "a JSON object", error);
  }
  if (const auto error = document.get(object)) return Unexpected("request", "a JSON object", error);
  HUIDU_RETURN_IF_ERROR(ForEachMember(object, "request", visit));
  if (!document.current_location().error()) return Wrong("request", "something follows the JSON object");
  return absl::OkStatus();
}

}  // namespace

bool InferRequest::WantsBinary(std::string_view output) const {
  for (const RequestedOutput& wanted : outputs) {
    if (wanted.name == output) return wanted.binary.value_or(binary_output);
  }
  return binary_output;
}

absl::StatusOr<InferRequest> ParseInferRequest(std::string& text) {
  InferRequest request;
  HUIDU_RETURN_IF_ERROR(ReadDocument(
      text, [&](std::string_view key, ondemand::value member) { return ReadMember(key, member, request); }));
  // A member that is given twice adds up.
  if (request.inputs.size() > tensor::kMaxTensors || request.outputs.size() > tensor::kMaxTensors) {
    return Wrong("request", StrCat("has more than ", tensor::kMaxTensors, " tensors"));
  }
  return request;
}

absl::StatusOr<bool> ParseIndexRequest(std::string& text) {
  bool ready = false;
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return ready;
  HUIDU_RETURN_IF_ERROR(ReadDocument(text, [&](std::string_view key, ondemand::value member) {
    return key == "ready" ? Read(member, "ready", "true or false", ready) : absl::OkStatus();
  }));
  return ready;
}

}  // namespace huidu::front::rest
