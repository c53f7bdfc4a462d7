#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "front/http/infer_request.h"
#include "front/router/router.h"
#include "http/message.h"

// Inference requests that are not KServe's JSON: a picture or a text as the body itself, and the key and value lists of
// a Paddle Serving pipeline. Which tensors they mean is known once the version is, so each has two steps: read the
// body, then make the inputs for a version's signature. Pure: no socket, no clock.
namespace huidu::front::rest {

// One input with all of its bytes.
struct WholeInput {
  RequestedInput description;  // without data
  std::string bytes;
};

// Whether a body of this Content-Type is an input itself: "image/png", "text/plain; charset=utf-8".
bool IsRawBody(std::string_view content_type);

// Whether a body of this Content-Type is read as KServe's; without one it is. Error: 415.
absl::Status CheckKServeBody(std::string_view content_type);

// The body as the one element of the version's one BYTES input.
// Error: 415 if the version takes other inputs, or something else in this one.
absl::StatusOr<std::vector<WholeInput>> RawInput(const engine::Signature& signature, std::string_view content_type,
                                                 std::string_view body);

// {"key":["image"],"value":["…"]}; what else is in it counts for nothing. As many values as keys.
struct PipelineRequest {
  std::vector<std::string> keys;
  std::vector<std::string> values;
};

// Gives `text` the room behind its end that the JSON reader wants. Error: InvalidArgument naming the member.
absl::StatusOr<PipelineRequest> ParsePipelineRequest(std::string& text);

// Values by the names of the inputs; a version with one input takes any key. A picture's value is base64, a text's the
// text, a number's a nested list: "[[1,2],[3,4]]". Error: InvalidArgument naming the key.
absl::StatusOr<std::vector<WholeInput>> PipelineInputs(const engine::Signature& signature,
                                                       const PipelineRequest& request);

// {"err_no":0,"err_msg":"","key":["res",…],"value":["[…]",…],"tensors":[]}. Each output is a list as text, which both
// JSON and Python read. Where all have the same number of rows, "res" stands before them: a list of rows.
absl::StatusOr<std::string> FormatPipelineResponse(const Result& result);

// The same with an error: its number is of Paddle Serving's kinds, the HTTP status is 200 as there, for its clients
// look at err_no.
http::Response PipelineError(const absl::Status& status);

}  // namespace huidu::front::rest
