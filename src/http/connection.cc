#include "http/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <exception>

#include "base/log.h"
#include "base/strings.h"
#include "http/gzip.h"

namespace huidu::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Room behind the largest head for what comes with it.
constexpr size_t kRoomBehindHead = 16 * 1024;
// Compressed at once, between two looks at the other connections.
constexpr size_t kCompressPiece = 128 * 1024;

std::string PeerName(const Socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? "unknown" : StrCat(endpoint.address().to_string(), ":", endpoint.port());
}

void AppendNumber(std::string& out, uint64_t number) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), number);
  out.append(digits, end);
}

size_t BodySize(const Response& response) {
  size_t size = response.body.size();
  for (const auto& piece : response.extra) size += piece.size();
  return size;
}

std::span<const std::byte> AsBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

Connection::Connection(std::shared_ptr<ServerState> server, std::shared_ptr<Lane> lane, Socket socket)
    : server_(std::move(server)),
      lane_(std::move(lane)),
      peer_(PeerName(socket)),
      transport_(std::move(socket), server_->tls.get()),
      buffer_(server_->options.max_header_bytes + kRoomBehindHead),
      body_(transport_, buffer_, server_->options) {
  lane_->Add(this);
}

Connection::~Connection() {
  lane_->Remove(this);
  server_->open.fetch_sub(1, std::memory_order_relaxed);
}

void Connection::CloseIfIdle() {
  if (idle_ && buffer_.empty()) transport_.Close();
}

asio::awaitable<void> Connection::Run(std::unique_ptr<Connection> self) {
  const error_code error = co_await self->transport_.Handshake(Now() + self->server_->options.header_timeout);
  if (error) co_return;
  Next next = Next::kRequest;
  while (next == Next::kRequest) next = co_await self->ServeOne();
}

asio::awaitable<Connection::Next> Connection::ServeOne() {
  buffer_.DropKept();
  const absl::StatusOr<Head> head = co_await ReadHead();
  if (head.ok() && *head == Head::kNoMore) co_return Next::kClose;

  bool keep_alive = false;
  Response response;
  if (head.ok()) {
    response = co_await Answer();
    keep_alive = parser_->keep_alive() && body_.Reusable() && !response.close && !lane_->stopping();
  } else {
    response = server_->handler.Refuse(Request{}, head.status());
  }
  if (ShouldCompress(response)) co_await Compress(response);
  const bool written = co_await Write(response, keep_alive);
  if (!written) co_return Next::kClose;
  if (keep_alive && co_await body_.Discard()) co_return Next::kRequest;
  co_await Goodbye(head.ok() && body_.Reusable());
  co_return Next::kClose;
}

asio::awaitable<absl::StatusOr<Connection::Head>> Connection::ReadHead() {
  const ServerOptions& options = server_->options;
  parser_.emplace(request_, options.max_header_bytes);
  TimePoint deadline = TimePoint::max();  // counts from the first byte
  while (true) {
    idle_ = deadline == TimePoint::max();
    if (idle_) SkipEmptyLines();
    if (!buffer_.empty()) {
      const absl::StatusOr<size_t> taken = parser_->ParseHead(buffer_.unread());
      if (!taken.ok()) co_return taken.status();
      buffer_.Consume(*taken);
      if (parser_->head_done()) break;
      if (idle_) deadline = Now() + options.header_timeout;
      idle_ = false;
    }
    if (idle_ && lane_->stopping()) co_return Head::kNoMore;
    if (buffer_.space().empty()) co_return Error(431, "the request's head is too long");
    const TimePoint until = idle_ ? Now() + options.idle_timeout : deadline;
    const auto [error, n] = co_await transport_.ReadSome(buffer_.space(), until);
    if (transport_.expired() && !idle_) co_return Error(408, "the request's head came too slowly");
    if (error) co_return Head::kNoMore;
    buffer_.Produced(n);
  }
  idle_ = false;
  buffer_.KeepRead();
  if (buffer_.kept() > options.max_header_bytes) co_return Error(431, "the request's head is too long");
  co_return Head::kThere;
}

// An empty line before a request is allowed (RFC 9112, 2.2).
void Connection::SkipEmptyLines() {
  while (buffer_.unread().starts_with("\r\n")) buffer_.Consume(2);
  buffer_.Compact();
}

asio::awaitable<Response> Connection::Answer() {
  request_.peer = peer_;
  const absl::Status body = body_.Start(*parser_, request_.Header("Content-Encoding"));
  if (!body.ok()) co_return server_->handler.Refuse(request_, body);
  co_return co_await CallHandler();
}

asio::awaitable<Response> Connection::CallHandler() {
  std::string thrown;
  try {
    co_return co_await server_->handler.Handle(request_, body_);
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  log::Error("a request failed with an exception", {{"path", request_.path}, {"error", thrown}});
  co_return server_->handler.Refuse(request_, absl::InternalError("internal error; the server's log has the details"));
}

bool Connection::ShouldCompress(const Response& response) const {
  return response.compress && BodySize(response) >= server_->options.min_compress_bytes &&
         ChooseCoding(request_.Header("Accept-Encoding")) != Coding::kIdentity;
}

asio::awaitable<void> Connection::Compress(Response& response) {
  const Coding coding = ChooseCoding(request_.Header("Accept-Encoding"));
  Deflater deflater(coding);
  std::vector<std::span<const std::byte>> pieces = {AsBytes(response.body)};
  pieces.insert(pieces.end(), response.extra.begin(), response.extra.end());
  for (std::span<const std::byte> piece : pieces) {
    while (!piece.empty()) {
      const size_t n = std::min(piece.size(), kCompressPiece);
      deflater.Add(piece.first(n));
      piece = piece.subspan(n);
      if (!piece.empty()) co_await asio::post(asio::use_awaitable);
    }
  }
  response.body = deflater.Finish();
  response.extra.clear();
  response.keepalive.reset();
  response.AddHeader("Content-Encoding", Name(coding));
  response.AddHeader("Vary", "Accept-Encoding");
}

void Connection::FormatHead(const Response& response, bool keep_alive) {
  head_.assign("HTTP/1.1 ");
  AppendNumber(head_, static_cast<uint64_t>(response.status));
  head_.append(" ").append(ReasonPhrase(response.status));
  head_.append("\r\nContent-Length: ");
  AppendNumber(head_, BodySize(response));
  head_.append("\r\nDate: ").append(lane_->date()).append("\r\n");
  if (!keep_alive) {
    head_.append("Connection: close\r\n");
  } else if (parser_->http_1_0()) {
    head_.append("Connection: keep-alive\r\n");
  }
  head_.append(response.headers).append("\r\n");
}

asio::awaitable<bool> Connection::Write(const Response& response, bool keep_alive) {
  FormatHead(response, keep_alive);
  pieces_.clear();
  pieces_.emplace_back(head_.data(), head_.size());
  if (!parser_->is_head()) {
    pieces_.emplace_back(response.body.data(), response.body.size());
    for (const auto& piece : response.extra) pieces_.emplace_back(piece.data(), piece.size());
  }
  const error_code error = co_await transport_.WriteAll(pieces_, server_->options.pace());
  co_return !error;
}

// A socket that is closed with unread bytes resets the connection, and the client may never see our answer: it gets a
// moment to notice that it should stop sending.
asio::awaitable<void> Connection::Goodbye(bool all_read) {
  const TimePoint deadline = Now() + server_->options.linger_timeout;
  co_await transport_.ShutdownSend(deadline);
  if (all_read && buffer_.empty()) co_return;
  std::byte scrap[4096];
  error_code error;
  while (!error && Now() < deadline) {
    size_t n = 0;
    std::tie(error, n) = co_await transport_.ReadSome(scrap, deadline);
  }
}

}  // namespace huidu::http
