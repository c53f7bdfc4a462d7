#include "http/request_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <limits>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::http {
namespace {

namespace beast = boost::beast;
using beast::http::field;

std::string_view ToStd(beast::string_view view) { return {view.data(), view.size()}; }

// A Beast error that only says "stop": what went wrong is in failure_.
void StopParsing(beast::error_code& error) { error = beast::http::error::bad_value; }

absl::Status FromBeast(const beast::error_code& error, std::string_view bytes) {
  if (error == beast::http::error::header_limit) return Error(431, "the request's head is too long");
  const std::string_view line = bytes.substr(0, bytes.find('\r'));
  const bool other_version = line.find(" HTTP/") != std::string_view::npos;
  if (error == beast::http::error::bad_version && other_version) {
    return Error(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  return Error(400, StrCat("this is not a valid HTTP request: ", error.message()));
}

// "http://host:1/path" to "/path": the form that clients send to proxies.
std::string_view WithoutAuthority(std::string_view target) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (!EqualsIgnoreCase(target.substr(0, scheme.size()), scheme)) continue;
    const size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

}  // namespace

RequestParser::RequestParser(Request& request, size_t max_header_bytes) : request_(request) {
  header_limit(static_cast<uint32_t>(max_header_bytes));
  body_limit(boost::none);  // the server checks it, and says more than Beast would
  request_.headers.clear();
}

absl::StatusOr<size_t> RequestParser::ParseHead(std::string_view bytes) {
  bytes_ = bytes;
  beast::error_code error;
  const size_t taken = put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (!failure_.ok()) return failure_;
  if (error && error != beast::http::error::need_more) return FromBeast(error, bytes);
  if (head_done() && !http_1_0_ && hosts_ != 1) {
    return Error(400, StrCat("the request has ", hosts_, " Host headers, and HTTP/1.1 wants exactly one"));
  }
  return taken;
}

std::optional<uint64_t> RequestParser::content_length() const {
  const auto length = basic_parser::content_length();
  if (length) return *length;
  if (chunked()) return std::nullopt;
  return 0;  // a request without either header has no body
}

void RequestParser::on_request_impl(beast::http::verb verb, View method, View target, int version, ErrorCode& error) {
  is_head_ = verb == beast::http::verb::head;
  request_.method = is_head_ ? std::string_view("GET") : ToStd(method);
  http_1_0_ = version == 10;
  failure_ = SetTarget(ToStd(target));
  if (!failure_.ok()) StopParsing(error);
}

absl::Status RequestParser::SetTarget(std::string_view target) {
  request_.target = target;
  target = WithoutAuthority(target);
  const size_t query = std::min(target.find('?'), target.size());
  request_.raw_path = target.substr(0, query);
  request_.raw_query = target.substr(std::min(query + 1, target.size()));
  if (request_.raw_path.find('%') == std::string_view::npos) {
    request_.path.assign(request_.raw_path);
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> decoded = PercentDecode(request_.raw_path);
  if (!decoded.ok()) return decoded.status();
  request_.path = *std::move(decoded);
  return absl::OkStatus();
}

void RequestParser::on_field_impl(field field, View name, View value, ErrorCode& error) {
  if (is_header_done()) return;  // a trailer behind a chunked body
  failure_ = AddField(field, ToStd(name), ToStd(value));
  if (!failure_.ok()) StopParsing(error);
}

absl::Status RequestParser::AddField(field field, std::string_view name, std::string_view value) {
  // Beast joins a folded value in a buffer of its own, which does not outlive this call. Folding is obsolete, and
  // RFC 9112 has a server refuse it.
  const bool ours = value.empty() || (value.data() >= bytes_.data() && value.data() < bytes_.data() + bytes_.size());
  if (!ours) return Error(400, StrCat("header ", name, " is folded over several lines"));
  if (field == beast::http::field::transfer_encoding && !EqualsIgnoreCase(value, "chunked")) {
    return Error(501, StrCat("Transfer-Encoding '", value, "' is not supported; use chunked"));
  }
  if (field == beast::http::field::host) ++hosts_;
  if (field == beast::http::field::expect) {
    if (!EqualsIgnoreCase(value, "100-continue")) {
      return Error(417, StrCat("Expect: '", value, "' is not supported; only 100-continue"));
    }
    expects_continue_ = true;
  }
  request_.headers.push_back({name, value});
  return absl::OkStatus();
}

absl::StatusOr<RequestParser::Decoded> RequestParser::DecodeChunks(std::string_view bytes, std::span<std::byte> out) {
  chunk_out_ = out;
  chunk_produced_ = 0;
  beast::error_code error;
  const size_t consumed = put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == beast::http::error::need_more) return Decoded{};
  if (error) return FromBeast(error, bytes);
  return Decoded{consumed, chunk_produced_};
}

size_t RequestParser::on_chunk_body_impl(uint64_t, View body, ErrorCode&) {
  const size_t n = std::min(body.size(), chunk_out_.size());
  std::memcpy(chunk_out_.data(), body.data(), n);
  chunk_out_ = chunk_out_.subspan(n);
  chunk_produced_ += n;
  return n;
}

}  // namespace huidu::http
