#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "http/gzip.h"
#include "http/pace.h"
#include "http/receive_buffer.h"
#include "http/request_parser.h"
#include "http/server.h"
#include "http/transport.h"

namespace huidu::http {

// The body of the request at hand. Three layers: bytes of the socket (Content-Length or chunked), their decompression,
// and what BodyReader promises. Plain bytes with a Content-Length are read from the socket into the caller's memory.
//
// Runs on: the connection's thread.
// Lives:   in its Connection; Start() for each request.
class Body final : public BodyReader {
 public:
  Body(Transport& transport, ReceiveBuffer& buffer, const ServerOptions& options)
      : transport_(transport), buffer_(buffer), options_(options) {}

  // Error: 413 if the length is known and too large, 415 for an unknown coding.
  absl::Status Start(RequestParser& parser, std::string_view content_encoding);

  std::optional<uint64_t> content_length() const override { return length_; }
  bool arrived() const override { return chunked_ ? parser_->chunks_done() : remaining_ <= buffer_.size(); }
  boost::asio::awaitable<absl::Status> ReadExactly(std::span<std::byte> out) override;
  boost::asio::awaitable<absl::StatusOr<std::string>> ReadAll(size_t max) override;
  boost::asio::awaitable<absl::Status> ExpectEnd() override;

  // Whether the next request can follow behind this body, after Discard(): nothing went wrong, and what the handler
  // left unread is little and on its way.
  bool Reusable() const;
  boost::asio::awaitable<bool> Discard();

 private:
  // Some bytes; 0 at the end.
  boost::asio::awaitable<absl::StatusOr<size_t>> ReadSome(std::span<std::byte> out);
  boost::asio::awaitable<absl::StatusOr<size_t>> ReadSized(std::span<std::byte> out);
  boost::asio::awaitable<absl::StatusOr<size_t>> ReadChunked(std::span<std::byte> out);
  boost::asio::awaitable<absl::StatusOr<size_t>> ReadInflated(std::span<std::byte> out);
  boost::asio::awaitable<absl::StatusOr<size_t>> ReadRaw(std::span<std::byte> out);
  boost::asio::awaitable<absl::StatusOr<size_t>> Receive(std::span<std::byte> out);
  boost::asio::awaitable<absl::Status> SendContinue();

  size_t TakeBuffered(std::span<std::byte> out);
  absl::Status Count(size_t bytes);
  absl::Status Fail(absl::Status why);

  struct Compressed {
    Inflater inflater;
    std::unique_ptr<std::byte[]> memory;
    std::span<const std::byte> pending;  // of memory: not decompressed yet
  };

  Transport& transport_;
  ReceiveBuffer& buffer_;
  const ServerOptions& options_;

  RequestParser* parser_ = nullptr;
  std::optional<uint64_t> length_;
  uint64_t remaining_ = 0;  // of a sized body
  bool chunked_ = false;
  bool owes_continue_ = false;
  bool failed_ = false;
  std::optional<Compressed> compressed_;
  uint64_t delivered_ = 0;  // bytes that came out, decompressed
  uint64_t received_ = 0;   // bytes that came in from the socket
  Pace pace_;
};

}  // namespace huidu::http
