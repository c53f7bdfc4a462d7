#pragma once

#include <string>
#include <string_view>

namespace huidu::front {

// Whether a client's text may stand in headers, metadata and logs: printable ASCII, not empty, at most 256 characters.
// gRPC refuses a whole answer for one illegal byte in its metadata.
bool IsPrintable(std::string_view text);

// The id that an answer carries: the call's own (a header), else the one in the request's body, else a new one. An id
// that is not IsPrintable() is not kept.
std::string ChooseRequestId(std::string_view of_call, std::string_view of_body);

}  // namespace huidu::front
