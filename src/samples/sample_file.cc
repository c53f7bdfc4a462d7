#include "samples/sample_file.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::samples {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMagic = "HDSAMPL1";
constexpr size_t kNumber = sizeof(uint64_t);
constexpr size_t kMaxHeader = size_t{4} << 20;

// The file is little-endian, and so is every machine that this runs on.
void AppendNumber(std::string& out, uint64_t value) { out.append(reinterpret_cast<const char*>(&value), kNumber); }

uint64_t NumberAt(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, kNumber);
  return value;
}

Json Describe(const std::vector<SampleTensor>& tensors) {
  Json list = Json::array();
  for (const SampleTensor& tensor : tensors) {
    Json json = {{"name", tensor.name},
                 {"datatype", tensor::Name(tensor.type)},
                 {"shape", tensor.shape},
                 {"bytes", tensor.data.size()}};
    if (!tensor.lod.empty()) json["lod"] = tensor.lod;
    if (tensor.removed) json["removed"] = {{"bytes", tensor.removed_bytes}, {"hash", tensor.removed_hash}};
    list.push_back(std::move(json));
  }
  return list;
}

absl::Status Broken(std::string_view what) {
  return absl::DataLossError(StrCat("the sample's file is damaged: ", what));
}

// The members of one JSON object, each of the kind that is asked for; the first that is not stands in status().
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {
    if (!json.is_object()) status_ = Broken("not an object");
  }
  const absl::Status& status() const { return status_; }

  std::string Text(const char* name) {
    const Json* value = Member(name, &Json::is_string);
    return value == nullptr ? "" : value->get<std::string>();
  }
  uint64_t Number(const char* name) {
    const Json* value = Member(name, &Json::is_number_unsigned);
    return value == nullptr ? 0 : value->get<uint64_t>();
  }
  const Json* List(const char* name) { return Member(name, &Json::is_array); }
  const Json* Optional(const char* name) const {
    const auto found = json_.is_object() ? json_.find(name) : json_.end();
    return found == json_.end() ? nullptr : &*found;
  }

 private:
  const Json* Member(const char* name, bool (Json::*is_right)() const noexcept) {
    const Json* value = Optional(name);
    if (value != nullptr && (value->*is_right)()) return value;
    if (status_.ok()) status_ = Broken(StrCat("member '", name, "'"));
    return nullptr;
  }
  const Json& json_;
  absl::Status status_;
};

template <typename Number>
absl::StatusOr<std::vector<Number>> ReadNumbers(const Json& json, size_t most) {
  if (!json.is_array() || json.size() > most) return Broken("a list of numbers");
  std::vector<Number> numbers;
  for (const Json& value : json) {
    if (!value.is_number_integer()) return Broken("a list of numbers");
    numbers.push_back(value.get<Number>());
  }
  return numbers;
}

absl::StatusOr<SampleTensor> ReadTensor(const Json& json, std::string_view& data) {
  Reader reader(json);
  SampleTensor tensor;
  tensor.name = reader.Text("name");
  const auto type = tensor::FromName(reader.Text("datatype"));
  const uint64_t bytes = reader.Number("bytes");
  const Json* shape = reader.List("shape");
  HUIDU_RETURN_IF_ERROR(reader.status());
  if (!type) return Broken("a datatype that is unknown");
  tensor.type = *type;
  HUIDU_ASSIGN_OR_RETURN(tensor.shape, ReadNumbers<int64_t>(*shape, tensor::kMaxRank));
  if (const Json* lod = reader.Optional("lod")) {
    HUIDU_ASSIGN_OR_RETURN(tensor.lod, ReadNumbers<uint64_t>(*lod, kMaxHeader));
  }
  if (const Json* removed = reader.Optional("removed")) {
    Reader of_removed(*removed);
    tensor.removed = true;
    tensor.removed_bytes = of_removed.Number("bytes");
    tensor.removed_hash = of_removed.Text("hash");
    HUIDU_RETURN_IF_ERROR(of_removed.status());
  }
  if (bytes > data.size()) return Broken(StrCat("tensor '", tensor.name, "' is cut off"));
  tensor.data = data.substr(0, bytes);
  data.remove_prefix(bytes);
  return tensor;
}

absl::Status ReadTensors(const Json* list, std::string_view& data, std::vector<SampleTensor>& out) {
  if (list == nullptr || list->size() > tensor::kMaxTensors) return Broken("a list of tensors");
  for (const Json& json : *list) {
    HUIDU_ASSIGN_OR_RETURN(SampleTensor tensor, ReadTensor(json, data));
    out.push_back(std::move(tensor));
  }
  return absl::OkStatus();
}

absl::StatusOr<Sample> ReadSample(const Json& header, std::string_view data) {
  Reader reader(header);
  Sample sample;
  sample.id = reader.Text("id");
  sample.time_ms = static_cast<int64_t>(reader.Number("time_ms"));
  sample.model = reader.Text("model");
  sample.version = reader.Text("version");
  sample.content_hash = reader.Text("content_hash");
  sample.reasons = ReasonSet::FromBits(static_cast<uint32_t>(reader.Number("reasons")));
  sample.request_id = reader.Text("request_id");
  sample.user_hash = reader.Text("user_hash");
  sample.route = reader.Text("route");
  sample.error = reader.Text("error");
  sample.total_ns = reader.Number("total_ns");
  sample.queue_ns = reader.Number("queue_ns");
  sample.inference_ns = reader.Number("inference_ns");
  sample.answered_by = reader.Text("answered_by");
  if (const Json* expected = reader.Optional("expected"); expected != nullptr && expected->is_string()) {
    sample.expected = expected->get<std::string>();
  }
  HUIDU_RETURN_IF_ERROR(reader.status());
  if (!IsSampleId(sample.id)) return Broken("the id");
  HUIDU_RETURN_IF_ERROR(ReadTensors(reader.List("inputs"), data, sample.inputs));
  HUIDU_RETURN_IF_ERROR(ReadTensors(reader.List("outputs"), data, sample.outputs));
  HUIDU_RETURN_IF_ERROR(ReadTensors(reader.List("answer"), data, sample.answer));
  if (!data.empty()) return Broken("bytes that belong to no tensor");
  if (const absl::Status status = CheckSample(sample); !status.ok()) return Broken(Text(status));
  return sample;
}

absl::Status CheckTensors(const std::vector<SampleTensor>& tensors) {
  for (const SampleTensor& tensor : tensors) {
    if (tensor.removed) continue;
    HUIDU_RETURN_IF_ERROR(
        tensor::CheckBytes(tensor.name, tensor.type, tensor.shape, std::as_bytes(std::span(tensor.data))));
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeSample(const Sample& sample) {
  Json header = {{"id", sample.id},
                 {"time_ms", static_cast<uint64_t>(sample.time_ms)},
                 {"model", sample.model},
                 {"version", sample.version},
                 {"content_hash", sample.content_hash},
                 {"reasons", sample.reasons.bits()},
                 {"request_id", sample.request_id},
                 {"user_hash", sample.user_hash},
                 {"route", sample.route},
                 {"error", sample.error.substr(0, kMaxErrorBytes)},
                 {"total_ns", sample.total_ns},
                 {"queue_ns", sample.queue_ns},
                 {"inference_ns", sample.inference_ns},
                 {"answered_by", sample.answered_by},
                 {"inputs", Describe(sample.inputs)},
                 {"outputs", Describe(sample.outputs)},
                 {"answer", Describe(sample.answer)}};
  if (sample.expected) header["expected"] = *sample.expected;
  const std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string bytes;
  bytes.reserve(kMagic.size() + text.size() + TensorBytes(sample) + 2 * kNumber);
  bytes += kMagic;
  AppendNumber(bytes, text.size());
  bytes += text;
  for (const auto* tensors : {&sample.inputs, &sample.outputs, &sample.answer}) {
    for (const SampleTensor& tensor : *tensors) bytes += tensor.data;
  }
  AppendNumber(bytes, SampleChecksum(bytes));
  return bytes;
}

absl::Status CheckSample(const Sample& sample) {
  HUIDU_RETURN_IF_ERROR(CheckTensors(sample.inputs));
  HUIDU_RETURN_IF_ERROR(CheckTensors(sample.outputs));
  return CheckTensors(sample.answer);
}

absl::StatusOr<Sample> DecodeSample(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + 2 * kNumber || bytes.size() > kMaxFileBytes) return Broken("its length");
  if (bytes.substr(0, kMagic.size()) != kMagic) return Broken("its beginning");
  const std::string_view checked = bytes.substr(0, bytes.size() - kNumber);
  if (SampleChecksum(checked) != NumberAt(bytes, checked.size())) return Broken("its checksum");
  const uint64_t length = NumberAt(bytes, kMagic.size());
  const std::string_view rest = checked.substr(kMagic.size() + kNumber);
  if (length > rest.size() || length > kMaxHeader) return Broken("the length of its text");
  const Json header = Json::parse(rest.substr(0, length), nullptr, /*allow_exceptions=*/false);
  return ReadSample(header, rest.substr(length));
}

uint64_t SampleChecksum(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace huidu::samples
