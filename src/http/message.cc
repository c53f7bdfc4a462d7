#include "http/message.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "base/strings.h"
#include "base/utf8.h"

namespace huidu::http {
namespace {

constexpr char kStatusPayload[] = "huidu.http.status";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = Lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void AppendEscape(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u00";
  out += kHex[(static_cast<unsigned char>(c) >> 4) & 0xF];
  out += kHex[static_cast<unsigned char>(c) & 0xF];
}

// "+" is a space in a query, and only there.
std::string DecodeQueryPart(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return PercentDecode(spaced).value_or(spaced);
}

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Request::Header(std::string_view name) const {
  for (const HeaderField& field : headers) {
    if (EqualsIgnoreCase(field.name, name)) return field.value;
  }
  return {};
}

std::string Request::Joined(std::string_view name) const {
  std::string joined;
  for (const HeaderField& field : headers) {
    if (!EqualsIgnoreCase(field.name, name)) continue;
    if (!joined.empty()) joined += ", ";
    joined += field.value;
  }
  return joined;
}

std::optional<std::string> Request::Query(std::string_view key) const {
  std::string_view rest = raw_query;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    if (DecodeQueryPart(pair.substr(0, equals)) != key) continue;
    return DecodeQueryPart(pair.substr(std::min(equals + 1, pair.size())));
  }
  return std::nullopt;
}

std::vector<std::string> Request::PathSegments() const {
  std::vector<std::string> segments;
  std::string_view rest = raw_path;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('/'), rest.size());
    // The server has refused a path that does not decode.
    if (end > 0) segments.push_back(PercentDecode(rest.substr(0, end)).value_or(std::string()));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return segments;
}

Response& Response::AddHeader(std::string_view name, std::string_view value) {
  headers.append(name).append(": ");
  const size_t start = headers.size();
  headers.append(value);
  std::replace_if(
      headers.begin() + static_cast<ptrdiff_t>(start), headers.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  headers.append("\r\n");
  return *this;
}

absl::Status Error(int http_status, std::string_view message) {
  absl::Status status = absl::InvalidArgumentError(ToAbsl(message));
  status.SetPayload(kStatusPayload, absl::Cord(StrCat(http_status)));
  return status;
}

int StatusOf(const absl::Status& status) {
  if (const auto payload = status.GetPayload(kStatusPayload)) {
    int http_status = 0;
    if (absl::SimpleAtoi(std::string(*payload), &http_status)) return http_status;
  }
  switch (status.code()) {
    case absl::StatusCode::kOk: return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange: return 400;
    case absl::StatusCode::kUnauthenticated: return 401;
    case absl::StatusCode::kPermissionDenied: return 403;
    case absl::StatusCode::kNotFound: return 404;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists: return 409;
    case absl::StatusCode::kResourceExhausted: return 429;
    case absl::StatusCode::kUnimplemented: return 501;
    case absl::StatusCode::kUnavailable: return 503;
    case absl::StatusCode::kDeadlineExceeded: return 504;
    default: return 500;
  }
}

std::string_view ReasonPhrase(int http_status) {
  switch (http_status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return http_status < 400 ? "OK" : "Error";
  }
}

Response JsonResponse(std::string body, int http_status) {
  Response response;
  response.status = http_status;
  response.body = std::move(body);
  response.AddHeader("Content-Type", "application/json");
  return response;
}

Response ErrorResponse(const absl::Status& status) {
  std::string body = "{\"error\":";
  AppendJsonString(body, Text(status));
  body += '}';
  Response response = JsonResponse(std::move(body), StatusOf(status));
  if (response.status == 429 || response.status == 503) response.AddHeader("Retry-After", "1");
  return response;
}

Response MethodNotAllowed(std::string_view method, std::string_view allowed) {
  Response response = ErrorResponse(Error(405, StrCat("method ", method, " is not possible here; use ", allowed)));
  response.AddHeader("Allow", allowed);
  return response;
}

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  size_t plain = 0;  // start of the run that needs no change
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const size_t length = c < 0x80 ? 1 : utf8::First(text.substr(i)).length;
    if (length > 0 && c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) {
      i += length;
      continue;
    }
    out.append(text.substr(plain, i - plain));
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      AppendEscape(out, text[i]);
    }
    plain = ++i;
  }
  out.append(text.substr(plain));
  out += '"';
}

absl::StatusOr<std::string> PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return absl::InvalidArgumentError(StrCat("'", text, "': a % must be followed by two hexadecimal digits"));
    }
    if (high == 0 && low == 0) return absl::InvalidArgumentError("%00 is not allowed in a URL");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace huidu::http
