#include "bench/http_message.h"

#include <strings.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/status.h"

namespace huidu::bench {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

template <typename Number>
bool ParseNumber(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  return result.ec == std::errc() && result.ptr == end;
}

bool Is(std::string_view text, std::string_view other) {
  return text.size() == other.size() && ::strncasecmp(text.data(), other.data(), text.size()) == 0;
}

std::string_view WithoutSpaces(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "HTTP/1.1 200 OK"
bool ParseStatusLine(std::string_view line, ResponseHead& head) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!line.starts_with(kVersion) || line.size() < kVersion.size() + 3) return false;
  return ParseNumber(line.substr(kVersion.size(), 3), head.status);
}

// Sets `has_length` when the line is Content-Length. False if a value that matters makes no sense.
bool ParseHeaderLine(std::string_view line, ResponseHead& head, bool& has_length) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = WithoutSpaces(line.substr(colon + 1));
  if (Is(name, "content-length")) {
    has_length = true;
    return ParseNumber(value, head.body_bytes);
  }
  if (Is(name, "x-model-version")) head.model_version = value;
  if (Is(name, "connection")) head.keep_alive = !Is(value, "close");
  return true;
}

}  // namespace

std::string BuildInferRequest(std::string_view host, std::string_view model, std::span<const Input> inputs) {
  nlohmann::json json = {{"inputs", nlohmann::json::array()}, {"parameters", {{"binary_data_output", true}}}};
  size_t bytes = 0;
  for (const Input& input : inputs) {
    json["inputs"].push_back({{"name", input.name},
                              {"shape", input.shape},
                              {"datatype", tensor::Name(input.type)},
                              {"parameters", {{"binary_data_size", input.data.size()}}}});
    bytes += input.data.size();
  }
  const std::string header = json.dump();
  std::string request =
      StrCat("POST /v2/models/", model, "/infer HTTP/1.1\r\nHost: ", host,
             "\r\nContent-Type: application/octet-stream\r\nInference-Header-Content-Length: ", header.size(),
             "\r\nContent-Length: ", header.size() + bytes, "\r\n\r\n", header);
  request.reserve(request.size() + bytes);
  for (const Input& input : inputs) {
    request.append(reinterpret_cast<const char*>(input.data.data()), input.data.size());
  }
  return request;
}

std::string BuildPost(std::string_view host, std::string_view path, std::string_view json) {
  return StrCat("POST ", path, " HTTP/1.1\r\nHost: ", host,
                "\r\nContent-Type: application/json\r\nContent-Length: ", json.size(), "\r\n\r\n", json);
}

ParseResult ParseHead(std::string_view text, ResponseHead& head) {
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return ParseResult::kIncomplete;
  head = ResponseHead{.head_bytes = end + 4};
  std::string_view lines = text.substr(0, end + kLineEnd.size());
  bool has_length = false;
  for (bool first = true; !lines.empty(); first = false) {
    const size_t line_end = lines.find(kLineEnd);
    const std::string_view line = lines.substr(0, line_end);
    lines.remove_prefix(line_end + kLineEnd.size());
    const bool good = first ? ParseStatusLine(line, head) : ParseHeaderLine(line, head, has_length);
    if (!good) return ParseResult::kMalformed;
  }
  return has_length ? ParseResult::kDone : ParseResult::kMalformed;
}

}  // namespace huidu::bench
