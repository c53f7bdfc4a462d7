#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "http/message.h"

namespace huidu::http {

// Parses one request's head into a Request, and decodes its chunked body. Beast's grammar without Beast's containers:
// every view points into the bytes given, so a head costs no allocation.
//
// Runs on: one thread. No I/O, so it can be fuzzed.
// Lives:   for one request. The bytes given to ParseHead() must stay where they are as long as the Request is used.
// Errors:  as Error() of message.h: 400, 431, 417, 501, 505.
class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, size_t max_header_bytes);

  // Takes what it can of `bytes`, which begin where the last call stopped. Gives how much it took; head_done() says
  // whether there is more to come.
  absl::StatusOr<size_t> ParseHead(std::string_view bytes);
  bool head_done() const { return is_header_done(); }

  // Once the head is done:
  bool chunked() const { return basic_parser::chunked(); }
  std::optional<uint64_t> content_length() const;
  bool keep_alive() const { return basic_parser::keep_alive(); }
  bool http_1_0() const { return http_1_0_; }
  bool is_head() const { return is_head_; }
  bool expects_continue() const { return expects_continue_; }

  struct Decoded {
    size_t consumed = 0;  // of `bytes`
    size_t produced = 0;  // in `out`
  };
  // One step of a chunked body. Consumes nothing if it needs more bytes than it was given.
  absl::StatusOr<Decoded> DecodeChunks(std::string_view bytes, std::span<std::byte> out);
  bool chunks_done() const { return is_done(); }

 private:
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, View method, View target, int version, ErrorCode& error) override;
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_field_impl(boost::beast::http::field field, View name, View value, ErrorCode& error) override;
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, ErrorCode&) override {}
  size_t on_body_impl(View body, ErrorCode&) override { return body.size(); }
  void on_chunk_header_impl(uint64_t, View, ErrorCode&) override {}
  size_t on_chunk_body_impl(uint64_t remain, View body, ErrorCode& error) override;
  void on_finish_impl(ErrorCode&) override {}

  absl::Status SetTarget(std::string_view target);
  absl::Status AddField(boost::beast::http::field field, std::string_view name, std::string_view value);

  Request& request_;
  std::string_view bytes_;  // of the call at hand
  absl::Status failure_;    // ours, where Beast's error code would not say enough
  bool http_1_0_ = false;
  bool is_head_ = false;
  bool expects_continue_ = false;
  size_t hosts_ = 0;  // Host headers
  std::span<std::byte> chunk_out_;
  size_t chunk_produced_ = 0;
};

}  // namespace huidu::http
