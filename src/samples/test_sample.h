#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "samples/sample.h"

namespace huidu::samples {

inline std::string BytesElements(const std::vector<std::string>& elements) {
  std::string data;
  for (const std::string& element : elements) {
    const auto length = static_cast<uint32_t>(element.size());
    data.append(reinterpret_cast<const char*>(&length), sizeof(length));
    data += element;
  }
  return data;
}

inline SampleTensor TextTensor(std::string name, const std::vector<std::string>& elements) {
  return {.name = std::move(name),
          .type = tensor::DataType::kBytes,
          .shape = {static_cast<int64_t>(elements.size())},
          .data = BytesElements(elements)};
}

inline SampleTensor FloatTensor(std::string name, const std::vector<float>& values) {
  SampleTensor tensor{.name = std::move(name), .shape = {1, static_cast<int64_t>(values.size())}};
  tensor.data.resize(values.size() * sizeof(float));
  std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
  return tensor;
}

// A rescued request of a reader of texts, from that moment.
inline Sample TestSample(int64_t time_ms = 1'800'000'000'000) {
  Sample sample;
  sample.id = NewSampleId(time_ms);
  sample.time_ms = time_ms;
  sample.model = "ocr";
  sample.version = "v2";
  sample.content_hash = "abc";
  sample.reasons = {Reason::kFailed, Reason::kRandom};
  sample.request_id = "r-1";
  sample.user = "alice";
  sample.route = "sticky";
  sample.error = "Gather: index 7 is out of range";
  sample.total_ns = 21'000'000;
  sample.queue_ns = 1'000'000;
  sample.inference_ns = 20'000'000;
  sample.inputs = {TextTensor("text", {"call 13800138000", "第２０号"})};
  sample.answered_by = "v1";
  sample.answer = {TextTensor("text", {"13800138000"}), FloatTensor("score", {0.5f, 0.25f})};
  return sample;
}

}  // namespace huidu::samples
