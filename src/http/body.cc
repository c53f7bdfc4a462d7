#include "http/body.h"

#include <algorithm>
#include <cstring>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr size_t kCompressedPiece = 16 * 1024;
constexpr size_t kFirstPiece = 64 * 1024;
// Less than this is read and thrown away to keep the connection; more, and closing it is cheaper.
constexpr uint64_t kWorthDiscarding = 1024 * 1024;

absl::Status TooLarge(uint64_t max) { return Error(413, StrCat("the body is larger than ", max, " bytes")); }

}  // namespace

absl::Status Body::Start(RequestParser& parser, std::string_view content_encoding) {
  parser_ = &parser;
  chunked_ = parser.chunked();
  length_ = parser.content_length();
  remaining_ = length_.value_or(0);
  owes_continue_ = parser.expects_continue() && (chunked_ || remaining_ > 0);
  failed_ = false;
  compressed_.reset();
  delivered_ = 0;
  received_ = 0;
  pace_ = Pace(options_.pace(), remaining_);
  if (remaining_ > options_.max_body_bytes) {
    return Fail(Error(413, StrCat("the body has ", remaining_, " bytes, and the limit is ", options_.max_body_bytes)));
  }
  const std::optional<Coding> coding = ParseContentEncoding(content_encoding);
  if (!coding) {
    return Fail(
        Error(415, StrCat("Content-Encoding '", content_encoding, "' is not supported; use gzip, deflate or none")));
  }
  if (*coding != Coding::kIdentity) compressed_.emplace();
  return absl::OkStatus();
}

// What has arrived together with the head, of an uncompressed body with a length: no need to wait for anything.
size_t Body::TakeBuffered(std::span<std::byte> out) {
  if (chunked_ || compressed_ || failed_) return 0;
  const size_t n = std::min({out.size(), buffer_.size(), static_cast<size_t>(remaining_)});
  if (n == 0) return 0;
  std::memcpy(out.data(), buffer_.unread_bytes().data(), n);
  buffer_.Consume(n);
  remaining_ -= n;
  return n;
}

asio::awaitable<absl::Status> Body::ReadExactly(std::span<std::byte> out) {
  const size_t wanted = out.size();
  out = out.subspan(TakeBuffered(out));
  while (!out.empty()) {
    const absl::StatusOr<size_t> n = co_await ReadSome(out);
    if (!n.ok()) co_return n.status();
    if (*n == 0) {
      co_return Fail(Error(
          400, StrCat("the body ends early: ", wanted - out.size(), " of ", wanted, " expected bytes are there")));
    }
    out = out.subspan(*n);
  }
  co_return absl::OkStatus();
}

// The string grows as bytes arrive: a client that only announces a large body costs no memory.
asio::awaitable<absl::StatusOr<std::string>> Body::ReadAll(size_t max) {
  const bool sized = length_ && !compressed_;
  if (sized && remaining_ > max) co_return Fail(TooLarge(max));
  std::string text;
  size_t used = 0;
  while (!sized || remaining_ > 0) {
    if (used == text.size()) {
      const size_t grown = std::max(kFirstPiece, 2 * used);
      // One byte more than `max`, to see whether there is more.
      text.resize(std::min<uint64_t>(grown, sized ? used + remaining_ : uint64_t{max} + 1));
    }
    const std::span<std::byte> space = std::as_writable_bytes(std::span(text).subspan(used));
    size_t n = TakeBuffered(space);
    if (n == 0) {
      const absl::StatusOr<size_t> more = co_await ReadSome(space);
      if (!more.ok()) co_return more.status();
      n = *more;
    }
    if (n == 0) break;
    used += n;
    if (used > max) co_return Fail(TooLarge(max));
  }
  text.resize(used);
  co_return text;
}

asio::awaitable<absl::Status> Body::ExpectEnd() {
  if (!failed_ && !chunked_ && !compressed_ && remaining_ == 0) co_return absl::OkStatus();
  std::byte extra;
  const absl::StatusOr<size_t> n = co_await ReadSome(std::span(&extra, 1));
  if (!n.ok()) co_return n.status();
  if (*n > 0) co_return Fail(Error(400, "the body goes on behind the last expected byte"));
  co_return absl::OkStatus();
}

asio::awaitable<absl::StatusOr<size_t>> Body::ReadSome(std::span<std::byte> out) {
  if (failed_) co_return absl::FailedPreconditionError("the body could not be read");
  absl::StatusOr<size_t> n = 0;
  if (compressed_) {
    n = co_await ReadInflated(out);
  } else {
    n = co_await ReadRaw(out);
  }
  if (!n.ok()) co_return Fail(n.status());
  delivered_ += *n;
  if (delivered_ > options_.max_body_bytes) co_return Fail(TooLarge(options_.max_body_bytes));
  co_return n;
}

asio::awaitable<absl::StatusOr<size_t>> Body::ReadRaw(std::span<std::byte> out) {
  if (chunked_) return ReadChunked(out);
  return ReadSized(out);
}

asio::awaitable<absl::StatusOr<size_t>> Body::ReadSized(std::span<std::byte> out) {
  if (out.size() > remaining_) out = out.first(remaining_);
  if (out.empty()) co_return size_t{0};
  if (!buffer_.empty()) {
    const size_t buffered = std::min(out.size(), buffer_.size());
    std::memcpy(out.data(), buffer_.unread_bytes().data(), buffered);
    buffer_.Consume(buffered);
    remaining_ -= buffered;
    co_return buffered;
  }
  absl::StatusOr<size_t> n = co_await Receive(out);
  if (n.ok()) remaining_ -= *n;
  co_return n;
}

asio::awaitable<absl::StatusOr<size_t>> Body::ReadChunked(std::span<std::byte> out) {
  while (!parser_->chunks_done()) {
    RequestParser::Decoded step;
    if (!buffer_.empty()) {
      const absl::StatusOr<RequestParser::Decoded> decoded = parser_->DecodeChunks(buffer_.unread(), out);
      if (!decoded.ok()) co_return decoded.status();
      step = *decoded;
      buffer_.Consume(step.consumed);
    }
    if (step.produced > 0) co_return step.produced;
    if (step.consumed > 0) continue;
    buffer_.Compact();
    if (buffer_.space().empty()) co_return Error(400, "a chunk's header is too long");
    const absl::StatusOr<size_t> n = co_await Receive(buffer_.space());
    if (!n.ok()) co_return n.status();
    buffer_.Produced(*n);
  }
  co_return size_t{0};
}

asio::awaitable<absl::StatusOr<size_t>> Body::ReadInflated(std::span<std::byte> out) {
  Compressed& body = *compressed_;
  if (body.memory == nullptr) body.memory = std::make_unique_for_overwrite<std::byte[]>(kCompressedPiece);
  const std::span<std::byte> memory(body.memory.get(), kCompressedPiece);
  while (true) {
    if (body.pending.empty()) {
      const absl::StatusOr<size_t> n = co_await ReadRaw(memory);
      if (!n.ok()) co_return n.status();
      body.pending = memory.first(*n);
    }
    if (body.inflater.done()) {
      if (body.pending.empty()) co_return size_t{0};
      if (!body.inflater.NextMember()) co_return Error(400, "there are bytes behind the end of the compressed body");
    }
    if (body.pending.empty()) co_return Error(400, "the compressed body ends early");
    const absl::StatusOr<Inflater::Step> step = body.inflater.Decode(body.pending, out);
    if (!step.ok()) co_return step.status();
    body.pending = body.pending.subspan(step->consumed);
    if (step->produced > 0) co_return step->produced;
  }
}

// The only place that waits for the client.
asio::awaitable<absl::StatusOr<size_t>> Body::Receive(std::span<std::byte> out) {
  if (owes_continue_) {
    const absl::Status sent = co_await SendContinue();
    if (!sent.ok()) co_return sent;
  }
  const auto [error, n] = co_await transport_.ReadSome(out, pace_.Deadline(Now(), received_));
  if (transport_.expired()) {
    co_return Error(408,
                    StrCat("the body came too slowly: ", received_, " bytes read from the network so far",
                           length_ ? StrCat(" of ", *length_) : "", "; it must come within about a minute, or at ",
                           "1 MiB/s where that takes longer, and never pause for ",
                           std::chrono::duration_cast<std::chrono::seconds>(options_.stall_timeout).count(), " s"));
  }
  if (error) {
    co_return Error(400, StrCat("the body ends early: the client closed the connection after ", received_ + n,
                                " bytes (", error.message(), ")"));
  }
  received_ += n;
  co_return n;
}

asio::awaitable<absl::Status> Body::SendContinue() {
  owes_continue_ = false;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::const_buffer buffer(kContinue.data(), kContinue.size());
  const error_code error = co_await transport_.WriteAll(std::span(&buffer, 1), options_.pace());
  if (error) co_return Error(400, StrCat("the client is gone: ", error.message()));
  co_return absl::OkStatus();
}

absl::Status Body::Fail(absl::Status why) {
  failed_ = true;
  return why;
}

bool Body::Reusable() const {
  if (failed_) return false;
  if (chunked_) return parser_->chunks_done();
  // A client that still waits for "100 Continue" may send its body now or never.
  return remaining_ == 0 || (!owes_continue_ && remaining_ <= kWorthDiscarding);
}

asio::awaitable<bool> Body::Discard() {
  std::byte scrap[4096];
  while (!failed_ && !chunked_ && remaining_ > 0) {
    const absl::StatusOr<size_t> n = co_await ReadSized(scrap);
    if (!n.ok()) co_return false;
  }
  co_return !failed_;
}

}  // namespace huidu::http
