#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "front/http/infer_request.h"
#include "front/http/json_writer.h"
#include "tensor/data_type.h"

// Elements of tensors as JSON: flat, or nested as the shape is.
namespace huidu::front::rest {

// FP16 and BF16 travel as bytes only.
bool HasJsonForm(tensor::DataType type);

// Bytes that the elements of an input with JSON data take. Reads BYTES elements, in `packed`, as their number of bytes
// is not known before. 0 for a datatype or a shape that is none: the check against the signature refuses it.
// `text` is the request's, as ParseInferRequest() left it.
// Errors: InvalidArgument naming the input: fewer elements than the shape has, or a datatype without a JSON form.
absl::StatusOr<size_t> MeasureElements(const std::string& text, const RequestedInput& input, std::string& packed);

// Writes the elements of a datatype of fixed size; `out` is as long as the shape says.
// Errors: InvalidArgument naming the input and the element: another number of elements than `out` has room for, an
// element of another type or out of its range, arrays nested deeper than a shape can be.
absl::Status ReadElements(const std::string& text, const RequestedInput& input, std::span<std::byte> out);

// Appends a flat array. Error: Internal if `data` does not hold whole elements.
absl::Status WriteElements(tensor::DataType type, std::span<const std::byte> data, JsonWriter& json);

}  // namespace huidu::front::rest
