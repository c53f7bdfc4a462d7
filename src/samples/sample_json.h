#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "samples/sample_index.h"

// Samples as people and programs see them; the fields are described in src/front/admin/openapi.json.
// Runs on: any thread; pure.
namespace huidu::samples {

nlohmann::ordered_json DescribeRow(const SampleRow& row);

// Tensors are KServe's: name, datatype, shape, data. What JSON cannot say exactly stands in "b64" instead of "data": of
// BYTES, where an element is no UTF-8, a list with each element in base64; of numbers (FP16, BF16, or a NaN among them)
// one base64 text of all bytes.
nlohmann::ordered_json DescribeSample(const Sample& sample);

// What the bytes of a picture or a document are, from their first ones: "image/png"; "text/plain; charset=utf-8" for
// UTF-8, "application/octet-stream" for anything else. Never a type that a browser would run.
std::string_view MediaTypeOf(std::string_view bytes);

}  // namespace huidu::samples
