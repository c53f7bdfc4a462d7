// Whatever JSON a client sends: it is read or refused, and what is read fits into the memory that was measured for it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "front/http/infer_request.h"
#include "front/http/json_elements.h"
#include "front/http/other_bodies.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace huidu::front::rest;
  std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto pipeline = ParsePipelineRequest(text); pipeline.ok()) {
    huidu::engine::Signature numbers{.inputs = {{.name = "x", .shape = {huidu::tensor::kDynamic}}}};
    (void)PipelineInputs(numbers, *pipeline);
  }
  const auto request = ParseInferRequest(text);
  if (!request.ok()) return 0;
  for (const RequestedInput& input : request->inputs) {
    if (input.binary_size) continue;
    std::string packed;
    const auto bytes = MeasureElements(text, input, packed);
    if (!bytes.ok()) continue;
    std::vector<std::byte> memory(*bytes);
    const auto type = huidu::tensor::FromName(input.datatype);
    if (!type || !ReadElements(text, input, memory).ok()) continue;
    JsonWriter json;
    if (!WriteElements(*type, memory, json).ok()) __builtin_trap();
  }
  return 0;
}
