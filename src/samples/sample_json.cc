#include "samples/sample_json.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "absl/strings/escaping.h"
#include "base/clock.h"
#include "base/strings.h"
#include "base/utf8.h"

namespace huidu::samples {
namespace {

using Json = nlohmann::ordered_json;
using tensor::DataType;

double Milliseconds(uint64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-6; }

std::string Time(int64_t millis) {
  return UtcTimestamp(std::chrono::system_clock::time_point(std::chrono::milliseconds(millis)));
}

Json Names(ReasonSet reasons) {
  Json names = Json::array();
  for (const Reason reason : reasons.List()) names.push_back(Name(reason));
  return names;
}

std::string Base64(std::string_view bytes) { return absl::Base64Escape(ToAbsl(bytes)); }

// The numbers as a list; empty if one of them has no JSON form.
template <typename T>
std::optional<Json> Numbers(const std::string& data) {
  Json list = Json::array();
  for (size_t at = 0; at + sizeof(T) <= data.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, data.data() + at, sizeof(T));
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) return std::nullopt;
    }
    list.push_back(value);
  }
  return list;
}

std::optional<Json> Bools(const std::string& data) {
  Json list = Json::array();
  for (const char value : data) list.push_back(value != 0);
  return list;
}

std::optional<Json> Texts(const SampleTensor& tensor) {
  Json list = Json::array();
  for (const std::string_view element : Elements(tensor)) {
    if (!utf8::IsValid(element)) return std::nullopt;
    list.push_back(element);
  }
  return list;
}

std::optional<Json> Data(const SampleTensor& tensor) {
  switch (tensor.type) {
    case DataType::kBool: return Bools(tensor.data);
    case DataType::kUint8: return Numbers<uint8_t>(tensor.data);
    case DataType::kUint16: return Numbers<uint16_t>(tensor.data);
    case DataType::kUint32: return Numbers<uint32_t>(tensor.data);
    case DataType::kUint64: return Numbers<uint64_t>(tensor.data);
    case DataType::kInt8: return Numbers<int8_t>(tensor.data);
    case DataType::kInt16: return Numbers<int16_t>(tensor.data);
    case DataType::kInt32: return Numbers<int32_t>(tensor.data);
    case DataType::kInt64: return Numbers<int64_t>(tensor.data);
    case DataType::kFp32: return Numbers<float>(tensor.data);
    case DataType::kFp64: return Numbers<double>(tensor.data);
    case DataType::kBytes: return Texts(tensor);
    case DataType::kFp16:
    case DataType::kBf16: break;
  }
  return std::nullopt;
}

Json RawData(const SampleTensor& tensor) {
  if (tensor.type != DataType::kBytes) return Base64(tensor.data);
  Json list = Json::array();
  for (const std::string_view element : Elements(tensor)) list.push_back(Base64(element));
  return list;
}

std::string LodText(const std::vector<uint64_t>& lod) {
  std::string text;
  for (const uint64_t offset : lod) StrAppend(&text, text.empty() ? "" : ",", offset);
  return text;
}

Json Describe(const SampleTensor& tensor) {
  Json json = {{"name", tensor.name}, {"datatype", tensor::Name(tensor.type)}, {"shape", tensor.shape}};
  if (!tensor.lod.empty()) json["parameters"] = {{"lod", LodText(tensor.lod)}};
  if (tensor.removed) {
    json["removed"] = {{"bytes", tensor.removed_bytes}, {"hash", tensor.removed_hash}};
  } else if (std::optional<Json> data = Data(tensor)) {
    json["data"] = *std::move(data);
  } else {
    json["b64"] = RawData(tensor);
  }
  return json;
}

Json Describe(const std::vector<SampleTensor>& tensors) {
  Json list = Json::array();
  for (const SampleTensor& tensor : tensors) list.push_back(Describe(tensor));
  return list;
}

}  // namespace

Json DescribeRow(const SampleRow& row) {
  return {{"id", row.id},
          {"time", Time(row.time_ms)},
          {"model", row.model},
          {"version", row.version},
          {"content_hash", row.content_hash},
          {"reasons", Names(row.reasons)},
          {"request_id", row.request_id},
          {"route", row.route},
          {"answered_by", row.answered_by},
          {"milliseconds", Milliseconds(row.total_ns)},
          {"error", row.error},
          {"bytes", row.bytes}};
}

Json DescribeSample(const Sample& sample) {
  Json json = {{"id", sample.id},
               {"time", Time(sample.time_ms)},
               {"model", sample.model},
               {"version", sample.version},
               {"content_hash", sample.content_hash},
               {"reasons", Names(sample.reasons)},
               {"request_id", sample.request_id},
               {"user_hash", sample.user_hash},
               {"route", sample.route},
               {"error", sample.error},
               {"milliseconds",
                {{"whole", Milliseconds(sample.total_ns)},
                 {"queue", Milliseconds(sample.queue_ns)},
                 {"inference", Milliseconds(sample.inference_ns)}}}};
  if (sample.expected) json["expected"] = *sample.expected;
  json["inputs"] = Describe(sample.inputs);
  json["outputs"] = Describe(sample.outputs);
  json["answered_by"] = sample.answered_by;
  json["answer"] = Describe(sample.answer);
  return json;
}

std::string_view MediaTypeOf(std::string_view bytes) {
  using namespace std::string_view_literals;
  constexpr std::pair<std::string_view, std::string_view> kBeginnings[] = {{"\x89PNG\r\n\x1a\n"sv, "image/png"},
                                                                           {"\xff\xd8\xff"sv, "image/jpeg"},
                                                                           {"GIF87a"sv, "image/gif"},
                                                                           {"GIF89a"sv, "image/gif"},
                                                                           {"BM"sv, "image/bmp"},
                                                                           {"II*\0"sv, "image/tiff"},
                                                                           {"MM\0*"sv, "image/tiff"}};
  for (const auto& [beginning, type] : kBeginnings) {
    if (bytes.substr(0, beginning.size()) == beginning) return type;
  }
  if (bytes.substr(0, 4) == "RIFF" && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP") return "image/webp";
  return utf8::IsValid(bytes) ? "text/plain; charset=utf-8" : "application/octet-stream";
}

}  // namespace huidu::samples
