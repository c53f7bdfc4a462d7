#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// One HTTP request and one answer, as handlers see them.
namespace huidu::http {

struct HeaderField {
  std::string_view name;
  std::string_view value;
};

// The head of a request. Its views point into the connection's buffer and hold until Handle() is over; what must live
// longer is copied.
struct Request {
  std::string_view method;     // as sent; HEAD arrives as GET, the server leaves the body out
  std::string_view target;     // as sent: "/v2/models/a%20b?x=1"
  std::string_view raw_path;   // the target without its query
  std::string_view raw_query;  // what follows the "?"
  std::string path;            // raw_path, percent-decoded once
  std::vector<HeaderField> headers;
  std::string_view peer;  // "127.0.0.1:51234"

  // The first header of that name, whatever its case; empty if there is none.
  std::string_view Header(std::string_view name) const;
  // All lines of that name, joined by commas.
  std::string Joined(std::string_view name) const;
  // The decoded value of a query parameter; "" for "?key" alone.
  std::optional<std::string> Query(std::string_view key) const;
  // The pieces of the path, split at "/" before they are decoded, so that "a%2Fb" is one piece.
  std::vector<std::string> PathSegments() const;
};

// An answer. Content-Length, Connection, Date and Content-Encoding are the server's own business.
struct Response {
  int status = 200;
  std::string headers;  // complete lines; use AddHeader()
  std::string body;
  std::vector<std::span<const std::byte>> extra;  // written after `body` from where it stands, without a copy
  std::shared_ptr<const void> keepalive;          // owns what `extra` points to; released once it is written
  bool compress = false;                          // may be compressed if the client accepts that and it is worth it
  bool close = false;                             // close the connection after this answer

  // Line breaks and other control characters in `value` become spaces: a client's text cannot forge a header.
  Response& AddHeader(std::string_view name, std::string_view value);
};

// An error that knows its HTTP status. For what absl's codes cannot tell apart (408, 413, 415, 431 …).
absl::Status Error(int http_status, std::string_view message);
// The HTTP status of an error: the one given to Error(), else the code's: InvalidArgument and OutOfRange 400,
// Unauthenticated 401, PermissionDenied 403, NotFound 404, FailedPrecondition, Aborted and AlreadyExists 409,
// ResourceExhausted 429, Unimplemented 501, Unavailable 503, DeadlineExceeded 504, all else 500.
int StatusOf(const absl::Status& status);
std::string_view ReasonPhrase(int http_status);

Response JsonResponse(std::string body, int http_status = 200);
// {"error":"…"} with the right status; 429 and 503 carry Retry-After.
Response ErrorResponse(const absl::Status& status);
// 405 with the methods that would do: "GET, POST".
Response MethodNotAllowed(std::string_view method, std::string_view allowed);

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(std::string& out, std::string_view text);

// "%41" to "A", once. Error: InvalidArgument for a "%" without two hexadecimal digits, and for a NUL.
absl::StatusOr<std::string> PercentDecode(std::string_view text);

bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace huidu::http
