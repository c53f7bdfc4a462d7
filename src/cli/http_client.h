#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu::cli {

// "http://127.0.0.1:18082/prefix" in pieces.
struct Url {
  bool tls = false;
  std::string host;
  std::string port = "80";
  std::string prefix;  // "" or "/prefix", without a slash at its end
};

// Error: InvalidArgument; only http:// and https:// are spoken.
absl::StatusOr<Url> ParseUrl(std::string_view text);

// One piece of a path with everything percent-encoded that has a meaning in URLs.
std::string EncodePathPiece(std::string_view piece);

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // what follows the URL's prefix: "/v2/models/ocr?x=1"
  HttpHeaders headers;
  std::string body;
};

struct HttpAnswer {
  int status = 0;
  HttpHeaders headers;
  std::string body;

  // The first header of that name, whatever its case; empty if there is none.
  std::string_view Header(std::string_view name) const;
};

struct HttpLimits {
  std::chrono::milliseconds timeout{30'000};
  uint64_t max_body_bytes = uint64_t{1} << 30;
};

// Sends one request on a connection of its own and waits for the whole answer.
// Runs on: any thread, which it blocks.
// Errors: Unavailable (no connection; the text says where to), DeadlineExceeded, Internal (no HTTP came back). An
// answer with an error status is an answer.
absl::StatusOr<HttpAnswer> Send(const Url& url, const HttpRequest& request, const HttpLimits& limits);

}  // namespace huidu::cli
