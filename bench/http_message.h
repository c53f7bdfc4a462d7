#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bench/input.h"

// The two ends of one HTTP/1.1 exchange: a request that is built once and sent a million times, and just as much of
// the answer's head as a load generator must understand.
namespace huidu::bench {

// A whole KServe inference request with binary tensors in both directions.
std::string BuildInferRequest(std::string_view host, std::string_view model, std::span<const Input> inputs);
// A request with a JSON body.
std::string BuildPost(std::string_view host, std::string_view path, std::string_view json);

struct ResponseHead {
  int status = 0;
  size_t head_bytes = 0;  // with the empty line
  uint64_t body_bytes = 0;
  std::string_view model_version;  // inside the parsed text
  bool keep_alive = true;
};

enum class ParseResult { kDone, kIncomplete, kMalformed };

// Reads a head from the beginning of `text`. Malformed is also an answer without Content-Length: this client speaks to
// a server that always sends it.
ParseResult ParseHead(std::string_view text, ResponseHead& head);

}  // namespace huidu::bench
